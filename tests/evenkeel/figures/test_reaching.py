"""Kaplan-Meier curves as they are drawn."""

import pytest
from matplotlib.axes import Axes
from summaries import summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures import draw_reaching
from evenkeel.figures.lettering import MOST_ROWS
from models.task import CLASSIFICATION

# The runs are at 0.6 or above from epoch 2, from epoch 3, and never.
CURVES = [[0.2, 0.6, 0.7, 0.7], [0.2, 0.5, 0.8, 0.8], [0.1, 0.2, 0.3, 0.3]]
SOME = summary_cell("yolo", "none", "he", CURVES, threshold=0.6)
EVERY = summary_cell("yolo", "batch", "he", CURVES[:2], threshold=0.6)
NOT_ASKED = summary_cell("yolo", "batch", "glorot", CURVES)
NO_RUNS = summary_cell("yolo", "batch", "lecun", [], threshold=0.6, epochs=4)


def panel(*cells: CellSummary) -> Axes:
    return draw_reaching(CLASSIFICATION, cells).axes[0]


def labels(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    assert legend is not None
    return [text.get_text().replace("\n", " ") for text in legend.get_texts()]


def steps(axes: Axes) -> list[list[tuple[float, float]]]:
    return [
        [(x, pytest.approx(y)) for x, y in line.get_xydata()]
        for line in axes.lines
        if line.get_drawstyle() == "steps-post"
    ]


def pluses(axes: Axes) -> list[tuple[float, float]]:
    return [(x, y) for line in axes.lines if line.get_marker() == "+" for x, y in line.get_xydata()]


def test_a_curve_steps_down_when_a_run_arrives_and_runs_on_flat_to_the_last_epoch() -> None:
    axes = panel(SOME)
    assert steps(axes) == [[(0, 1), (2, 2 / 3), (3, 1 / 3), (4, 1 / 3)]]
    assert pluses(axes) == [(4, pytest.approx(1 / 3))]


def test_a_curve_of_runs_that_all_arrived_ends_at_zero_without_a_plus() -> None:
    axes = panel(EVERY)
    assert steps(axes)[0][-1] == (3, 0)
    assert pluses(axes) == []


def test_a_cell_in_training_is_drawn_as_far_as_it_got() -> None:
    training = summary_cell("yolo", "none", "he", [[0.1, 0.2], [0.1]], {0: None, 1: None}, threshold=0.6, epochs=9)
    assert pluses(panel(training)) == [(2, 1)]
    assert panel(training).get_xlim()[1] > 9


def test_a_label_says_how_many_arrived_and_when_half_had() -> None:
    never = summary_cell("yolo", "none", "glorot", [CURVES[2]] * 2, threshold=0.6)
    assert labels(panel(SOME, EVERY, never, NO_RUNS)) == [
        "yolo-none-he (reached 2 of 3, median epoch 3)",
        "yolo-batch-he (reached 2 of 2, median epoch 2)",
        "yolo-none-glorot (reached 0 of 2)",
        "yolo-batch-lecun (no runs yet)",
    ]


def test_cells_that_differ_in_more_than_their_names_say_are_told_apart_by_those_levels() -> None:
    cells = [summary_cell("yolo", "none", "he", CURVES, threshold=0.6, lr=lr) for lr in (0.01, 0.1)]
    assert [label.split(" (")[0] for label in labels(panel(*cells))] == [
        "yolo-none-he, lr=0.01",
        "yolo-none-he, lr=0.1",
    ]


def test_a_cell_without_runs_has_no_plus() -> None:
    assert pluses(panel(NO_RUNS)) == []


def test_cells_that_were_asked_for_no_threshold_are_left_out() -> None:
    assert len(steps(panel(SOME, NOT_ASKED))) == 1
    with pytest.raises(ValueError, match="ask for the summary with a threshold"):
        draw_reaching(CLASSIFICATION, [NOT_ASKED])


def test_the_caption_names_the_threshold() -> None:
    caption = draw_reaching(CLASSIFICATION, [SOME]).get_supxlabel().replace("\n", " ")
    assert "have not reached 0.6 by an epoch" in caption


@pytest.mark.slow
def test_fifty_cells_fill_a_page_and_name_as_many_as_there_is_room_for() -> None:
    cells = [summary_cell("yolo", "none", "he", CURVES, threshold=0.6, lr=0.001 * step) for step in range(1, 51)]
    figure = draw_reaching(CLASSIFICATION, cells)
    figure.draw_without_rendering()
    assert figure.get_figwidth() == 7.2
    shown = labels(figure.axes[0])
    assert shown[-1] == f"and {50 - 2 * MOST_ROWS + 1} more"
    extent = figure.axes[0].get_window_extent()
    assert extent.width / figure.dpi > 6
    assert extent.height / figure.dpi > 1.5
