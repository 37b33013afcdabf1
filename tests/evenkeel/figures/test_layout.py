"""Which panels a figure of bands has."""

from collections.abc import Sequence

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from summaries import summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures import draw_bands
from evenkeel.figures.layout import lay_out
from models.task import CLASSIFICATION

CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1, 0.4, 0.7]]
RATES = (0.0001, 0.001, 0.01, 0.1, 1.0)


def cells(norms: Sequence[str] = ("batch",), rates: Sequence[float] = RATES, init: str = "he") -> list[CellSummary]:
    return [summary_cell("yolo", norm, init, CURVES, lr=rate) for norm in norms for rate in rates]


def draw(drawn: list[CellSummary]) -> Figure:
    return draw_bands(CLASSIFICATION, drawn, CLASSIFICATION.metric("train_accuracy"))


def titles(drawn: list[CellSummary]) -> list[list[str | None]]:
    return [[panel and panel.title for panel in line] for line in lay_out(CLASSIFICATION, drawn).lines]


def bands(axes: Axes) -> int:
    return len(axes.collections)


def test_up_to_three_bands_share_a_panel() -> None:
    figure = draw(cells(rates=RATES[:3]))
    assert [bands(axes) for axes in figure.axes] == [3]
    assert figure.axes[0].get_legend() is not None


def test_more_than_three_bands_have_a_panel_each_in_the_order_of_their_levels() -> None:
    shuffled = [cells()[place] for place in (3, 0, 4, 1, 2)]
    assert titles(sorted(shuffled, key=lambda cell: cell.levels["lr"])) == [
        ["lr=0.0001", "lr=0.001"],
        ["lr=0.01", "lr=0.1"],
        ["lr=1", None],
    ]
    figure = draw(cells())
    assert [bands(axes) for axes in figure.axes if axes.get_visible()] == [1] * 5


def test_what_all_panels_have_in_common_is_said_once_and_two_norms_stand_beside_each_other() -> None:
    drawn = cells(("batch", "none"))
    layout = lay_out(CLASSIFICATION, drawn)
    assert layout.heading == "Tiny-YOLO, He"
    assert titles(drawn)[0] == ["with batch norm, lr=0.0001", "without norm, lr=0.0001"]
    assert len(layout.lines) == 5
    assert draw(drawn).get_figwidth() == 3.5


def test_a_combination_that_is_missing_leaves_its_place_free() -> None:
    assert titles([*cells(), *cells(("none",), RATES[1:])])[0] == ["with batch norm, lr=0.0001", None]


def test_more_columns_than_fit_are_wrapped() -> None:
    norms = ("batch", "none", "group")
    assert [len([panel for panel in line if panel]) for line in titles(cells(norms, (0.1,)))] == [2, 1]
    assert draw(cells(norms, (0.1,))).get_figwidth() == 3.5


def test_too_many_bands_for_small_panels_stay_together() -> None:
    many = cells(rates=[0.001 * (1 + step) for step in range(30)])
    assert not lay_out(CLASSIFICATION, many).apart


def test_only_the_lowest_panel_of_a_column_names_the_epoch() -> None:
    figure = draw(cells())
    named = [axes.get_xlabel() for axes in figure.axes if axes.get_visible()]
    assert named == ["", "", "", "epoch", "epoch"]


@pytest.mark.slow
@pytest.mark.parametrize("norms", [("batch",), ("batch", "none")])
def test_titles_and_labels_of_small_panels_do_not_overlap(norms: tuple[str, ...]) -> None:
    figure = draw(cells(norms))
    figure.draw_without_rendering()
    shown = [axes for axes in figure.axes if axes.get_visible()]
    texts = [axes.title for axes in shown]
    for axes in shown:
        texts += [tick for tick in axes.get_xticklabels() if tick.get_text()]
        texts += [axes.xaxis.label] if axes.get_xlabel() else []
    boxes = [text.get_window_extent() for text in texts]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
    titles = [axes.title.get_window_extent() for axes in shown]
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in titles)
