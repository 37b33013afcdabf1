"""The number of seeds needed agrees with trying one number after the other."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

from evenkeel.stability.precision import seeds_needed

VALUES = np.array([0.90, 0.93, 0.95])


def brute(width: object, goal: float) -> int:
    return next(n for n in range(2, 100_000) if width(n) <= goal)  # type: ignore[operator]


def test_the_mean_takes_as_many_as_students_interval_says() -> None:
    std = VALUES.std(ddof=1)
    found = seeds_needed(VALUES, 0, 3, 0.01, "mean", 60.0)
    assert found.n == brute(lambda n: stats.t.ppf(0.975, n - 1) * std / n**0.5, 0.01)
    worst = std * np.sqrt(2 / stats.chi2.ppf(0.025, 2))
    assert found.n_at_worst == brute(lambda n: stats.t.ppf(0.975, n - 1) * worst / n**0.5, 0.01)
    assert found.half_width_now == pytest.approx(stats.t.ppf(0.975, 2) * std / 3**0.5)
    assert (found.more, found.seconds) == (found.n - 3, (found.n - 3) * 60.0)


def test_the_std_takes_as_many_as_its_chi_square_interval_says() -> None:
    std = VALUES.std(ddof=1)

    def width(n: int) -> float:
        return float(
            std
            * (np.sqrt((n - 1) / stats.chi2.ppf(0.025, n - 1)) - np.sqrt((n - 1) / stats.chi2.ppf(0.975, n - 1)))
            / 2
        )

    assert seeds_needed(VALUES, 0, 3, 0.005, "std", None).n == brute(width, 0.005)


def test_a_rate_takes_as_many_as_clopper_and_pearsons_interval_says() -> None:
    found = seeds_needed(VALUES, 0, 10, 0.1, "divergence", None)
    ends = [stats.binomtest(0, n).proportion_ci(0.95, method="exact") for n in (found.n - 1, found.n)]
    assert (ends[0].high - ends[0].low) / 2 > 0.1 >= (ends[1].high - ends[1].low) / 2
    assert found.n_at_worst > found.n
    assert found.seconds is None


def test_what_is_there_may_be_enough() -> None:
    found = seeds_needed(VALUES, 0, 3, 10.0, "mean", 60.0)
    assert (found.more, found.seconds) == (0, 0.0)


@pytest.mark.parametrize("of", ["mean", "std", "divergence"])
@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.5], [0.5, 0.6]])
def test_little_evidence_gives_none_and_never_nan(of: str, values: list[float]) -> None:
    found = seeds_needed(np.array(values), 0, len(values), 0.01, of, 1.0)
    json.dumps(asdict(found), allow_nan=False)
    if len(values) < (1 if of == "divergence" else 2):
        assert found.n is None


def test_a_precision_beyond_reach_has_no_number() -> None:
    found = seeds_needed(VALUES, 0, 3, 1e-9, "mean", 60.0)
    assert (found.n, found.seconds) == (None, None)
