"""The statistics of the last epoch have intervals that can be trusted, or say why there are none."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.final import FinalStats, Intervals, describe_finals
from evenkeel.statistics.shares import share_intervals

ENDS = ("mean_low", "mean_high", "std_low", "std_high")


def final(*values: float, share: bool = False) -> FinalStats:
    [found] = describe_finals(np.array([values], np.float64), share)
    return found


def ends(found: FinalStats) -> list[float | None]:
    return [getattr(found, end) for end in ENDS]


def test_a_share_has_the_intervals_of_shares_and_another_metric_those_of_normal_values() -> None:
    values = (0.988, 0.97, 0.996)
    assert final(*values, share=True).intervals is Intervals.LOGIT
    assert ends(final(*values, share=True)) == pytest.approx(share_intervals(np.array(values)))
    assert final(*values).intervals is Intervals.NORMAL
    assert ends(final(*values))[:2] == pytest.approx([*stats.ttest_1samp(values, 0).confidence_interval(0.95)])


def test_the_mean_of_an_accuracy_is_never_said_to_lie_above_one() -> None:
    found = final(0.988, 0.97, 0.999, share=True)
    assert found.mean_low < found.mean < found.mean_high <= 1


@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("value", [0.1, 0.7, 1.0])
def test_equal_runs_have_no_interval(value: float, share: bool) -> None:
    found = final(value, value, value, share=share)
    assert (found.intervals, ends(found)) == (Intervals.EQUAL, [None] * 4)
    assert found.mean == pytest.approx(value)


def test_where_many_runs_are_at_the_ceiling_only_the_mean_has_an_interval() -> None:
    found = final(1.0, 1.0, 0.98, share=True)
    assert (found.intervals, found.mean_high, found.std_low, found.std_high) == (Intervals.END, 1.0, None, None)


@pytest.mark.parametrize("values", [(), (0.5,), (0.5, np.nan)])
def test_one_run_has_no_interval(values: tuple[float, ...]) -> None:
    found = final(*values, share=True)
    assert (found.intervals, ends(found)) == (Intervals.FEW, [None] * 4)


def test_infinite_values_have_no_interval() -> None:
    assert ends(final(1.0, np.inf, np.inf)) == ends(final(np.inf, np.inf)) == [None] * 4


def test_cells_of_several_kinds_are_described_together() -> None:
    cells = np.array([[0.5, 0.6, np.nan], [0.7, 0.7, 0.7], [np.nan] * 3, [0.9, 0.95, 1.0]])
    kinds = [found.intervals for found in describe_finals(cells, share=True)]
    assert kinds == [Intervals.LOGIT, Intervals.EQUAL, Intervals.FEW, Intervals.END]
