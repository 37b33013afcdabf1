"""How often GET /compare says "nearly as stable" and "nearly equal" in error, and how often where it is true.

python -m benchmarks.equivalence [--samples 1000]

In error: the spreads differ by the margin, 2 x, or the means by the margin, 2 standard deviations. True: the cells are
equal. Near the ceiling, values are shares whose logit is normal, around 0.98, and only spreads are compared. The last
two columns say how often a difference of means and a ratio of spreads is found that is as large as the smallest effect
which the answer named before.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from evenkeel.statistics.compare import Comparison, Sample, compare
from evenkeel.statistics.equivalence import Margins
from evenkeel.statistics.multiple import LEVEL

Floats = np.ndarray[Any, np.dtype[np.float64]]
Draw = Callable[[np.random.Generator, int], Floats]

MARGINS = Margins(spread=2.0, mean=2.0)
WORLDS: dict[str, Draw] = {
    "normal": lambda rng, n: np.asarray(rng.normal(size=n)),
    "heavy tails": lambda rng, n: np.asarray(rng.standard_t(3, n) / 3**0.5),
    "ceiling": lambda rng, n: np.asarray(1 / (1 + np.exp(-4 - rng.normal(size=n)))),
}
SIZES = [(3, 3), (5, 5), (10, 10), (20, 20), (3, 10), (10, 3)]
COLUMNS = (
    "nearly as stable, in error",
    "nearly as stable, true",
    "nearly equal, in error",
    "nearly equal, true",
    "smallest difference found",
    "smallest ratio found",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1000)
    table(parser.parse_args().samples)


def table(samples: int) -> None:
    """Print a row for each world and pair of numbers of seeds."""
    print(f"| world, seeds, {samples} samples | " + " | ".join(COLUMNS) + " |\n|---|" + "---|" * len(COLUMNS))
    for name, draw in WORLDS.items():
        for n, m in SIZES:
            rng = np.random.default_rng(0)
            told = np.array([_told(draw, n, m, rng, name == "ceiling") for _ in range(samples)], np.float64)
            shares = ["-" if np.isnan(column).all() else f"{100 * np.nanmean(column):.1f} %" for column in told.T]
            print(f"| {name}, {n} v {m} | " + " | ".join(shares) + " |", flush=True)


def _told(draw: Draw, n: int, m: int, rng: np.random.Generator, ceiling: bool) -> list[float | None]:
    """What is claimed, in the order of the columns; None where there is nothing to claim."""
    wide = _compared(2 * draw(rng, n), draw(rng, m))
    equal = _compared(draw(rng, n), draw(rng, m))
    apart = None if ceiling else _compared(draw(rng, n) + 2, draw(rng, m))
    difference, ratio = equal.improvement.smallest_effect, equal.spread.smallest_effect
    shifted = None if ceiling or difference is None else _compared(draw(rng, n) + difference, draw(rng, m))
    wider = None if ratio is None else _compared(ratio * draw(rng, n), draw(rng, m))
    return [
        _claimed(wide.nearly_as_stable),
        _claimed(equal.nearly_as_stable),
        _claimed(apart and apart.nearly_equal),
        None if ceiling else _claimed(equal.nearly_equal),
        _claimed(shifted and shifted.improvement),
        _claimed(wider and wider.spread),
    ]


def _compared(a: Floats, b: Floats) -> Comparison:
    own, other = (Sample(values, values, bad=0, runs=len(values)) for values in (a, b))
    return compare(own, other, True, MARGINS)


def _claimed(test: Any) -> float | None:
    return None if test is None else float(test.p is not None and test.p <= LEVEL)


if __name__ == "__main__":
    main()
