"""The statistics of a cell make sense in every corner case, and are never NaN."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.cells import CellRuns, CellStatistics, describe_cells
from evenkeel.statistics.divergence import LeftSurvivors

NAN = np.nan


def cell(
    values: list[list[float]],
    diverged: list[float] | None = None,
    num_epochs: int | None = None,
    ended: bool = True,
    collapsed: Sequence[int] = (),
) -> CellRuns:
    n = len(values)
    curves = [np.array(v, float) for v in values]
    return CellRuns(
        list(range(n)), curves, curves, np.full(n, ended), np.isin(np.arange(n), collapsed),
        np.array(diverged or [NAN] * n), num_epochs or max((len(v) for v in values), default=5),
    )  # fmt: skip


def describe(
    runs: CellRuns, higher_is_better: bool = True, worst: float = 0.0, threshold: float | None = None
) -> CellStatistics:
    """The statistics of a cell. The metric is an accuracy by default."""
    [found] = describe_cells([runs], higher_is_better, worst, threshold)
    json.dumps(asdict(found), allow_nan=False)
    return found


CORNERS = {
    "no runs": cell([]),
    "no epoch yet": cell([[], []], ended=False),
    "one": cell([[0.5, 0.6]]),
    "two": cell([[0.5], [0.6]]),
    "all equal": cell([[0.5, 0.5]] * 3),
    "all diverged": cell([[0.1], [], [0.1, 0.2]], [2, 1, 3], 4),
    "one ahead": cell([[0.1, 0.2, 0.3], [0.1]], num_epochs=3, ended=False),
    "a metric nobody logged": cell([[NAN, NAN]] * 3),
    "infinite losses": cell([[1e308, 1e308]] * 3),
}


@pytest.mark.parametrize("runs", CORNERS.values(), ids=CORNERS)
@pytest.mark.parametrize(("higher_is_better", "worst"), [(True, 0.0), (False, np.inf), (False, 1.0)])
def test_every_corner_gives_json_without_nan(runs: CellRuns, higher_is_better: bool, worst: float) -> None:
    found = describe(runs, higher_is_better, worst, 0.5)
    assert found.divergence.n == int(runs.ended.sum())
    assert len(found.bands.survivors.n) == len(found.bands.all.n)


def test_a_cell_is_what_one_works_out_by_hand() -> None:
    found = describe(cell([[0.1, 0.5], [0.3, 0.9]]))
    assert found.bands.survivors.mean == pytest.approx([0.2, 0.7])
    assert found.band_width == pytest.approx((0.2 + 0.4) / 2)
    final = found.final
    assert (final.n, final.mean, final.min, final.max) == (2, pytest.approx(0.7), 0.5, 0.9)
    assert final.std == pytest.approx(0.08**0.5)
    assert final.mean_high - final.mean == pytest.approx(12.706 * 0.2, rel=1e-3)


def test_a_diverged_run_counts_until_then_among_the_survivors_and_with_the_worst_among_all() -> None:
    found = describe(cell([[0.2, 0.4, 0.6], [0.4, 0.6, 0.8], [0.3]], [NAN, NAN, 2]))
    assert found.bands.survivors.n == [3, 2, 2]
    assert found.bands.all.n == [3, 3, 3]
    assert found.bands.all.min == [0.2, 0.0, 0.0]
    assert (found.final.n, found.divergence.diverged) == (2, 1)


def test_a_diverged_run_is_said_to_have_left_the_others_only_if_there_are_three() -> None:
    others = [[0.2, 0.4, 0.6], [0.4, 0.6, 0.8], [0.3, 0.5, 0.7]]
    assert describe(cell([*others[:2], [0.3]], [NAN, NAN, 2])).left_survivors == []
    found = describe(cell([*others, [0.3]], [NAN, NAN, NAN, 2])).left_survivors
    assert found == [LeftSurvivors(seed=3, epoch=2, diverged_epoch=2, others=3)]


def test_the_worst_loss_is_infinite_which_json_has_as_null() -> None:
    found = describe(cell([[2.0, 1.0], [2.0], [2.0, 1.5]], [NAN, 2, NAN]), higher_is_better=False, worst=np.inf)
    assert found.bands.all.max == [2.0, None]
    assert found.bands.all.median == [2.0, 1.5]
    assert found.bands.survivors.max == [2.0, 1.5]


def test_a_run_that_was_ended_at_chance_keeps_its_last_value() -> None:
    curves = [[0.1, 0.5, 0.7, 0.9], [0.1, 0.6, 0.7, 0.8], [0.1, 0.12]]
    found = describe(cell(curves, num_epochs=4, collapsed=[2]), threshold=0.5)
    whole = describe(cell([*curves[:2], [0.1, 0.12, 0.12, 0.12]], collapsed=[2]), threshold=0.5)
    assert (found.final, found.bands, found.band_width) == (whole.final, whole.bands, whole.band_width)
    assert (found.final.n, found.final.min, found.bands.survivors.n) == (3, 0.12, [3, 3, 3, 3])
    assert found.reaching == whole.reaching
    alone = describe(cell([[0.1, 0.12]], num_epochs=4, collapsed=[0]))
    assert (alone.final.mean, alone.bands.all.mean) == (0.12, [0.1, 0.12, 0.12, 0.12])
    assert alone.within_run == describe(cell([[0.1, 0.12]], num_epochs=2, collapsed=[0])).within_run


def test_a_run_still_training_has_no_final_value_and_is_no_evidence_yet() -> None:
    found = describe(cell([[0.1, 0.2]], num_epochs=5, ended=False))
    assert (found.final.n, found.divergence.n) == (0, 0)
    assert found.bands.survivors.n == [1, 1]


def test_cells_of_different_shapes_keep_their_places() -> None:
    cells = [cell([[0.1, 0.2]]), cell([[0.3], [0.4]]), cell([[0.5, 0.6]])]
    assert [found.final.mean for found in describe_cells(cells, True, 0.0)] == pytest.approx([0.2, 0.35, 0.6])


def test_the_width_of_the_band_is_of_the_runs_that_trained() -> None:
    trained = [[0.1, 0.7], [0.2, 0.9], [0.3, 0.8], [0.2, 0.8]]
    found = describe(cell([*trained, [0.1, 0.1], [0.9]], [NAN] * 5 + [2], collapsed=[4]))
    assert found.band_width == pytest.approx((0.2 + 0.2) / 2)
    assert (found.bands.survivors.min, found.bands.survivors.max) == ([0.1, 0.1], [0.9, 0.9])
    assert found.bands.survivors.n == [6, 5]


def test_the_std_of_the_last_epoch_is_of_the_runs_that_trained_and_the_mean_of_all_survivors() -> None:
    ends = [0.7, 0.9, 0.8, 0.85, 0.1]
    found = describe(cell([*([end] for end in ends), []], [NAN] * 5 + [1], collapsed=[4])).final
    alone = describe(cell([[end] for end in ends[:4]])).final
    assert (found.n, found.num_trained, found.mean, found.min) == (5, 4, pytest.approx(np.mean(ends)), 0.1)
    assert (found.std, found.std_low, found.std_high) == (alone.std, alone.std_low, alone.std_high)
    half = (found.mean_high - found.mean_low) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, 4) * np.std(ends, ddof=1) / 5**0.5)


def test_an_unstable_cell_has_no_std() -> None:
    found = describe(cell([[0.1], [0.11], [0.9], [0.8]], collapsed=[0, 1])).final
    assert (found.n, found.num_trained, found.std, found.std_low, found.std_high) == (4, 0, None, None, None)
    assert found.mean_low is not None


def test_a_cell_at_chance_is_unstable_and_not_narrow() -> None:
    at_chance = cell([[0.1, 0.1], [0.1, 0.11], [0.1, 0.1], [0.5, 0.9]], collapsed=[0, 1, 2])
    found = describe(at_chance)
    assert found.divergence.unstable
    assert found.band_width is None
    wide, narrow = describe_cells([cell([[0.1, 0.4], [0.1, 0.9]]), cell([[0.1], [0.1]], collapsed=[0, 1])], True, 0.0)
    assert (wide.band_width, narrow.band_width) == (pytest.approx(0.25), None)
