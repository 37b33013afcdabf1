"""The figure shows the numbers of the summary."""

from collections.abc import Sequence

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from summaries import summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures import draw_bands
from evenkeel.figures.style import COLOURS
from evenkeel.figures.traces import Drawn
from models.task import CLASSIFICATION

pytestmark = pytest.mark.slow

CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1, 0.4, 0.7]]
CELLS = [
    summary_cell(arch, norm, init, CURVES)
    for arch in ("yolo", "resnet")
    for norm in ("batch", "none")
    for init in ("he", "glorot")
]


ACCURACY = CLASSIFICATION.metric("train_accuracy")


def draw(cells: Sequence[CellSummary], metric: str = "train_accuracy", band: Drawn = "survivors") -> Figure:
    return draw_bands(CLASSIFICATION, cells, CLASSIFICATION.metric(metric), band)


def labels(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


def caption(figure: Figure) -> str:
    return figure.get_supxlabel().replace("\n", " ")


def test_rows_are_architectures_and_columns_are_norms() -> None:
    titles = [axes.get_title() for axes in draw(CELLS).axes]
    assert titles == [
        "Tiny-YOLO, with batch norm",
        "Tiny-YOLO, without norm",
        "ResNet26, with batch norm",
        "ResNet26, without norm",
    ]


def test_each_panel_has_a_line_and_a_band_per_init_and_every_seed() -> None:
    for axes in draw(CELLS).axes:
        assert labels(axes) == ["He (n = 3)", "Glorot (n = 3)"]
        assert len(axes.collections) == 2
        assert len([line for line in axes.lines if line.get_linewidth() == 1.5]) == 2
        assert len([line for line in axes.lines if line.get_linewidth() == 0.5]) == 2 * 3


def test_panels_and_lines_stand_by_their_levels_whichever_cells_are_missing() -> None:
    cells = [
        summary_cell("yolo", "none", "glorot", CURVES),
        summary_cell("yolo", "group", "he", CURVES),
        summary_cell("resnet", "batch", "he", CURVES),
        summary_cell("resnet", "batch", "glorot", CURVES),
    ]
    axes = [one for one in draw(cells).axes if one.get_visible()]
    assert [one.get_title() for one in axes] == [
        "Tiny-YOLO, without norm",
        "Tiny-YOLO, with group norm",
        "ResNet26, with batch norm",
    ]
    assert labels(axes[2]) == ["He (n = 3)", "Glorot (n = 3)"]
    lines = {label: line.get_color() for one in axes for label, line in _handles(one)}
    assert lines == {"He (n = 3)": COLOURS[0], "Glorot (n = 3)": COLOURS[1]}


def _handles(axes: Axes) -> list[tuple[str, Line2D]]:
    legend = axes.get_legend()
    return list(zip(labels(axes), legend.get_lines(), strict=True)) if legend else []


def test_a_combination_that_is_not_there_is_said_to_be_none() -> None:
    empty = draw(CELLS[:6]).axes[3]
    assert [text.get_text() for text in empty.texts] == ["no such cell"]


def test_the_caption_stands_under_the_panels() -> None:
    said = caption(draw(CELLS))
    assert said.startswith("Line: mean over surviving seeds. Band: lowest to highest seed.")
    assert "50 % for the fewest seeds, n = 3." in said


def test_the_caption_says_that_resnet_without_norm_keeps_one_in_its_stem() -> None:
    assert "Norm none keeps batch norm in the stem of resnet" in caption(draw(CELLS))
    assert "stem" not in caption(draw(CELLS[:6]))


@pytest.mark.parametrize(
    ("metric", "curve", "scale"),
    [
        ("val_loss", [2.0, 0.1, 0.01], "log"),
        ("val_loss", [2.0, 1.0, 0.5], "linear"),
        ("val_loss", [2.0, 0.1, 0.0], "linear"),
        ("grad_norm_max", [1.0, 1e4], "log"),
        ("val_accuracy", [0.001, 0.5, 0.9], "linear"),
    ],
)
def test_only_what_is_positive_and_spans_two_decades_has_a_logarithmic_axis(
    metric: str, curve: list[float], scale: str
) -> None:
    cell = summary_cell("yolo", "none", "he", [curve] * 3, metric=metric)
    assert draw([cell], metric).axes[0].get_yscale() == scale


@pytest.mark.slow
def test_an_accuracy_is_shown_from_zero_to_one() -> None:
    low, high = draw(CELLS, "val_accuracy").axes[0].get_ylim()
    assert low == 0
    assert 1 < high < 1.05


def test_accuracies_that_are_all_high_have_an_axis_on_which_their_spread_can_be_seen() -> None:
    cell = summary_cell("yolo", "none", "he", [[0.72, 0.9], [0.7, 0.91], [0.71, 0.92]], metric="val_accuracy")
    figure = draw([cell], "val_accuracy")
    low, high = figure.axes[0].get_ylim()
    assert (low, high) == (0.7, 1.02)
    assert "The axis begins at 0.7, not at 0." in " ".join(caption(figure).split())


def test_a_cell_and_a_grid_are_as_wide_as_a_column() -> None:
    assert draw(CELLS[:1]).get_figwidth() == draw(CELLS).get_figwidth() == 3.5


@pytest.mark.slow
def test_fifty_cells_in_a_panel_leave_the_panel_its_size() -> None:
    few, many = (
        [summary_cell("yolo", "none", "he", CURVES, lr=0.001 * (1 + step)) for step in range(count)]
        for count in (2, 50)
    )
    heights = []
    for cells in (few, many):
        figure = draw(cells)
        figure.draw_without_rendering()
        heights.append(figure.axes[0].get_window_extent().height / figure.dpi)
    assert heights[1] > 0.95 * heights[0]
    assert labels(figure.axes[0])[-1].startswith("and ")


def test_texts_of_a_panel_do_not_overlap() -> None:
    figure = draw(CELLS)
    figure.draw_without_rendering()
    for axes in figure.axes:
        legend = axes.get_legend()
        assert legend is not None
        below = legend.get_window_extent()
        assert not below.overlaps(axes.get_window_extent())
        assert not any(below.overlaps(tick.get_window_extent()) for tick in axes.get_xticklabels())
        assert not (axes.get_xlabel() and below.overlaps(axes.xaxis.label.get_window_extent()))
        assert not any(below.overlaps(other.title.get_window_extent()) for other in figure.axes)


@pytest.mark.parametrize(
    "cell",
    [
        summary_cell("yolo", "none", "he", [], epochs=3),
        summary_cell("yolo", "none", "he", [[0.5], [0.4], [0.3]]),
        summary_cell("yolo", "none", "he", [[], [], [0.1]], {0: 1, 1: 1, 2: 2}, epochs=5),
        summary_cell("yolo", "none", "he", [[], [0.4]], {0: None, 1: None}, epochs=5),
        summary_cell("yolo", "none", "he", [[float("nan")] * 3] * 3),
    ],
    ids=["no runs", "one epoch", "all diverged", "all training", "never measured"],
)
@pytest.mark.parametrize(
    ("metric", "band"), [("train_accuracy", "survivors"), ("train_loss", "all"), ("train_loss", "mean")]
)
def test_a_cell_with_little_or_nothing_is_drawn(cell: CellSummary, metric: str, band: Drawn) -> None:
    figure = draw([cell], metric, band)
    figure.draw_without_rendering()
    assert len(labels(figure.axes[0])) == 1


def test_the_band_of_the_mean_is_drawn_and_may_leave_the_panel() -> None:
    cell = summary_cell("yolo", "none", "he", [[2.0, 1.0], [1.9, 1.2], [2.2, 0.9]], metric="val_loss")
    [axes] = draw([cell], "val_loss", "mean").axes
    [path] = axes.collections[0].get_paths()
    low, high = axes.get_ylim()
    assert path.vertices[:, 1].max() == pytest.approx(max(cell.mean_band.high))
    assert 0 < low < 0.9
    assert 2.2 < high < max(cell.mean_band.high)


def test_a_figure_can_have_a_short_caption_or_none() -> None:
    full, short, none = (
        draw_bands(CLASSIFICATION, CELLS, ACCURACY, caption=kind) for kind in ("full", "short", "none")
    )
    assert len(caption(full)) > len(caption(short)) > len(caption(none)) == 0
    assert full.get_figheight() > short.get_figheight() > none.get_figheight()
