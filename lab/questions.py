"""Questions to the cells of a summary: which factor mattered, is one cell better, how many seeds would tell."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lab.metrics import HIGHER_IS_BETTER, worst_value
from lab.spec import SpecError
from lab.stability.compare import Sample, compare_family
from lab.stability.curves import Array, stack_curves, with_worst
from lab.stability.effects import effects
from lab.stability.precision import seeds_needed
from lab.status import Outcome

BAD = (Outcome.DIVERGED, Outcome.COLLAPSED)

CellDict = Mapping[str, Any]


def which_mattered(cells: Sequence[CellDict], metric: str) -> dict[str, Any]:
    """`lab.stability.effects.effects` over the finished runs of the cells."""
    finished = [(index, curve) for index, cell in enumerate(cells) for curve in cell["curves"] if curve["outcome"]]
    longest = max((len(curve["values"]) for _, curve in finished), default=0)
    curves = stack_curves([_floats(curve["values"]) for _, curve in finished], longest)
    final = np.array([_final(cells[index], curve, metric) for index, curve in finished], np.float64)
    worst = worst_value(metric)
    if np.isfinite(worst):
        curves = with_worst(curves, _diverged_epochs([curve for _, curve in finished]), worst)
    else:
        # No number says how bad infinity is: such runs count for the divergence alone.
        gone = [curve["outcome"] == Outcome.DIVERGED for _, curve in finished]
        curves[gone] = np.nan
        final[gone] = np.nan
    return effects(
        [cell["levels"] for cell in cells],
        np.array([index for index, _ in finished], np.int64),
        final,
        curves,
        np.array([curve["outcome"] in BAD for _, curve in finished], np.bool_),
        metric,
    )


def compare(cells: Sequence[CellDict], a: str, others: Sequence[str], metric: str) -> dict[str, Any]:
    """Cell `a` against each of `others` (every other cell where that is empty), by label or hash.

    Raises SpecError for a cell that is not there, and where nothing is left to compare with.
    """
    first = find_cell(cells, a, "a")
    rest = [find_cell(cells, name, "b") for name in others] or [cell for cell in cells if cell is not first]
    if not rest or any(cell is first for cell in rest):
        raise SpecError("b", f"a cell other than {a!r}; there are: {_labels(cells)}")
    found = compare_family(
        _sample(first, metric), [_sample(cell, metric) for cell in rest], higher_is_better=metric in HIGHER_IS_BETTER
    )
    return {
        "a": first["cell"],
        "comparisons": [{"b": cell["cell"]} | comparison for cell, comparison in zip(rest, found, strict=True)],
    }


def how_many_seeds(cell: CellDict, metric: str, half_width: float, of: str) -> dict[str, Any]:
    """`lab.stability.precision.seeds_needed` of a cell."""
    sample = _sample(cell, metric)
    needed = seeds_needed(sample.survivors, sample.bad, sample.runs, half_width, of, cell["seconds_per_run"])
    return {"cell": cell["cell"]} | needed


def find_cell(cells: Sequence[CellDict], name: str, field: str) -> CellDict:
    """By label or hash. Raises SpecError with the cells that there are."""
    for cell in cells:
        if name in (cell["cell"], cell["hash"]):
            return cell
    raise SpecError(field, f"there is no cell {name!r}; there are: {_labels(cells)}")


def _sample(cell: CellDict, metric: str) -> Sample:
    finished = [curve for curve in cell["curves"] if curve["outcome"]]
    values = np.array([_final(cell, curve, metric) for curve in finished], np.float64)
    survived = np.array([curve["outcome"] != Outcome.DIVERGED for curve in finished], np.bool_)
    known = ~np.isnan(values)
    bad = sum(curve["outcome"] in BAD for curve in finished)
    return Sample(values[known], values[survived & known], bad, len(finished), cell["cell"])


def _final(cell: CellDict, curve: Mapping[str, Any], metric: str) -> float:
    """The last epoch's value; the metric's worst for a diverged run; NaN where it was not measured."""
    if curve["outcome"] == Outcome.DIVERGED:
        return worst_value(metric)
    values = _floats(curve["values"])
    return float(values[-1]) if len(values) == cell["levels"]["epochs"] else np.nan


def _diverged_epochs(curves: Sequence[Mapping[str, Any]]) -> Array:
    return np.array([np.nan if c["diverged_epoch"] is None else c["diverged_epoch"] for c in curves], np.float64)


def _floats(values: Sequence[float | None]) -> Array:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _labels(cells: Sequence[CellDict]) -> str:
    shown = ", ".join(cell["cell"] for cell in cells[:30]) or "none yet"
    return shown + (f" and {len(cells) - 30} more" if len(cells) > 30 else "")
