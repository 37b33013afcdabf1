"""The panel of one cell."""

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from summaries import posted_twice, summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.style import line_style
from evenkeel.figures.traces import Edge, Whose, draw_cell, drawn_values

WHOLE = [[0.1, 0.3, 0.5, 0.7], [0.2, 0.5, 0.7, 0.8], [0.3, 0.4, 0.6, 0.9]]
DIVERGED = summary_cell("yolo", "none", "he", [*WHOLE, [0.1, 0.2]], {3: 3})


def draw(cell: CellSummary, band: Whose = "survivors", worst: Edge = "bottom") -> Axes:
    axes = Figure().subplots()
    draw_cell(axes, cell, line_style(0), band, worst)
    return axes


def hatched(axes: Axes) -> list[Any]:
    return [band for band in axes.collections if band.get_hatch()]


def crosses(axes: Axes) -> list[tuple[float, float]]:
    return [(*line.get_xydata()[0],) for line in axes.lines if line.get_marker() == "x"]


def drawn_at(axes: Axes, width: float) -> list[list[float]]:
    """For each line of this width: the epochs that have a value."""
    lines = [line for line in axes.lines if line.get_linewidth() == width and line.get_linestyle() != "None"]
    return [np.asarray(line.get_xdata())[np.isfinite(line.get_ydata())].tolist() for line in lines]


def test_where_all_seeds_stand_behind_it_a_band_is_plain() -> None:
    axes = draw(summary_cell("yolo", "none", "he", WHOLE))
    assert hatched(axes) == []
    assert drawn_at(axes, 1.5) == [[1, 2, 3, 4]]
    assert hatched(draw(posted_twice(summary_cell("yolo", "none", "he", WHOLE)))) == []


def test_a_band_is_hatched_and_its_mean_thin_from_where_a_seed_diverged() -> None:
    axes = draw(DIVERGED)
    [band] = hatched(axes)
    [path] = band.get_paths()
    assert (path.vertices[:, 0].min(), path.vertices[:, 0].max()) == (2, 4)
    assert drawn_at(axes, 1.5) == [[1, 2]]
    assert drawn_at(axes, 0.7) == [[2, 3, 4]]


def test_a_band_is_hatched_where_a_seed_still_trains() -> None:
    axes = draw(summary_cell("yolo", "none", "he", [*WHOLE, [0.1, 0.2, 0.3]], {3: None}))
    [path] = hatched(axes)[0].get_paths()
    assert path.vertices[:, 0].min() == 3


def test_a_run_of_which_nothing_is_known_yet_does_not_grey_the_others() -> None:
    assert hatched(draw(summary_cell("yolo", "none", "he", [*WHOLE, []], {3: None}))) == []


def test_a_run_of_which_the_metric_was_not_measured_does_not_grey_the_others() -> None:
    assert hatched(draw(summary_cell("yolo", "none", "he", [*WHOLE, [float("nan")] * 4]))) == []


def test_a_collapsed_seed_survives() -> None:
    axes = draw(summary_cell("yolo", "none", "he", WHOLE, {0: "collapsed"}))
    assert hatched(axes) == []
    assert crosses(axes) == []


def test_a_diverged_trace_ends_in_a_cross() -> None:
    assert crosses(draw(DIVERGED)) == [(2, 0.2)]


def test_what_comes_after_a_divergence_is_not_drawn() -> None:
    loud = summary_cell("yolo", "none", "he", [*WHOLE, [2.0, 90.0, 1e30, 1e35]], {3: 2}, metric="train_loss")
    assert crosses(draw(loud)) == [(2, 90.0)]
    assert max(drawn_values(loud, "survivors")) == 90.0


@pytest.mark.parametrize(("worst", "at"), [("bottom", 0.0), ("top", 1.0)])
def test_a_run_that_diverged_at_once_has_its_cross_on_the_edge(worst: Edge, at: float) -> None:
    axes = draw(summary_cell("yolo", "none", "he", [*WHOLE, []], {3: 1}), worst=worst)
    assert crosses(axes) == [(1, at)]


def test_under_three_seeds_there_are_traces_and_nothing_else() -> None:
    axes = draw(summary_cell("yolo", "none", "he", WHOLE[:2]))
    assert len(axes.collections) == 0
    assert drawn_at(axes, 0.9) == [[1, 2, 3, 4]] * 2
    assert len(axes.lines) == 2


def test_a_band_of_all_goes_to_the_worst_value_with_a_diverged_run() -> None:
    axes = draw(DIVERGED, "all")
    assert hatched(axes) == []
    [band] = axes.collections
    assert band.get_paths()[0].vertices[:, 1].min() == 0


def test_where_the_worst_is_infinite_a_band_of_all_has_a_gap() -> None:
    cell = summary_cell("yolo", "none", "he", [*WHOLE, [0.1, 0.2]], {3: 3}, metric="train_loss")
    axes = draw(cell, "all")
    assert drawn_at(axes, 1.5) == [[1, 2]]
    assert np.isfinite(drawn_values(cell, "all")).all()


def test_a_single_epoch_is_a_point_in_an_upright_band() -> None:
    axes = draw(summary_cell("yolo", "none", "he", [[0.5], [0.3], [0.4]]))
    [upright] = axes.collections
    assert upright.get_paths()[0].vertices.tolist() == [[1, 0.3], [1, 0.5]]
    assert [line.get_ydata()[0] for line in axes.lines if line.get_marker() == "."] == [pytest.approx(0.4)]


def test_an_epoch_without_a_value_is_a_gap() -> None:
    gap = float("nan")
    axes = draw(summary_cell("yolo", "none", "he", [[0.1, gap, 0.3, 0.4]] * 3))
    assert sorted(drawn_at(axes, 1.5) + drawn_at(axes, 0.7)) == [[1], [1, 3, 4]]
