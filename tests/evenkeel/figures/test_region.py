"""The stability region as it is drawn."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from summaries import summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures import draw_region
from models.task import CLASSIFICATION


def cell(lr: float, norm: str = "none", bad: int = 0, n: int = 3, **levels: Any) -> CellSummary:
    outcomes = {seed: 1 if seed % 2 else "collapsed" for seed in range(bad)}
    return summary_cell("yolo", norm, "he", [[0.1]] * n, outcomes, epochs=1, lr=lr, **levels)


CELLS = [
    cell(lr, norm, bad)
    for norm, bads in (("batch", (0, 0, 1)), ("none", (1, 2, 3)))
    for lr, bad in zip((0.01, 0.001, 0.1), bads, strict=True)
]


def draw(cells: Sequence[CellSummary], x: str = "lr", y: str | None = None) -> Figure:
    return draw_region(CLASSIFICATION, cells, x, y)


def ticks(axes: Axes) -> tuple[list[str], list[str]]:
    return [t.get_text() for t in axes.get_xticklabels()], [t.get_text() for t in axes.get_yticklabels()]


def counts(axes: Axes) -> dict[tuple[str, str], str]:
    """(x, y) -> the text on the tile at that place."""
    columns, rows = ticks(axes)
    places = [(*text.get_position(), text.get_text()) for text in axes.texts]
    return {(columns[int(x)], rows[int(y)]): text for x, y, text in places}


def caption(cells: Sequence[CellSummary], **axes: str) -> str:
    return draw(cells, **axes).get_supxlabel().replace("\n", " ")


def test_numbers_stand_in_order_along_x() -> None:
    columns, _ = ticks(draw(CELLS).axes[0])
    assert columns == ["0.001", "0.01", "0.1"]


def test_each_tile_says_how_many_of_its_runs_diverged_or_collapsed() -> None:
    assert counts(draw(CELLS).axes[0]) == {
        ("0.01", "batch"): "0/3",
        ("0.001", "batch"): "0/3",
        ("0.1", "batch"): "1/3",
        ("0.01", "none"): "1/3",
        ("0.001", "none"): "2/3",
        ("0.1", "none"): "3/3",
    }


def test_colour_is_the_rate_from_0_to_1_and_darker_is_worse() -> None:
    [mesh] = draw(CELLS).axes[0].collections
    assert mesh.get_clim() == (0, 1)
    assert np.ma.getdata(mesh.get_array()).tolist() == [
        [pytest.approx(2 / 3), pytest.approx(1 / 3), 1],
        [0, 0, pytest.approx(1 / 3)],
    ]
    lightness = [sum(mesh.cmap(rate)[:3]) for rate in np.linspace(0, 1, 11)]
    assert lightness == sorted(lightness, reverse=True)


def test_words_read_from_the_top_and_numbers_grow_upwards() -> None:
    words, numbers = draw(CELLS).axes[0], draw(CELLS, x="norm", y="lr").axes[0]
    assert ticks(words)[1] == ["none", "batch"]  # from the bottom
    assert ticks(numbers) == (["batch", "none"], ["0.001", "0.01", "0.1"])


def test_y_is_the_factor_with_the_most_levels() -> None:
    more = [cell(lr, norm, width=width) for lr in (0.1, 0.2) for norm in ("batch", "none") for width in (0.5, 1.0, 2.0)]
    assert draw(more).axes[0].get_ylabel() == "width"
    assert draw(more, y="norm").axes[0].get_ylabel() == "norm"


def test_where_nothing_else_varies_the_row_is_the_network() -> None:
    axes = draw(CELLS[3:]).axes[0]
    assert ticks(axes)[1] == ["yolo-none-he"]
    assert axes.get_ylabel() == ""


def test_what_else_varies_is_pooled_and_named() -> None:
    wide = [*CELLS, *(cell(lr, "none", 3, width=2.0) for lr in (0.1, 0.01))]
    wide = [replace(c, levels={"width": 1.0} | c.levels) for c in wide]
    assert counts(draw(wide, y="norm").axes[0])["0.01", "none"] == "4/6"
    assert caption(wide, y="norm").endswith("Pooled over width (1, 2).")
    assert "Pooled" not in caption(CELLS)


def test_a_tile_without_a_finished_run_is_hatched() -> None:
    axes = draw([*CELLS[:5], cell(0.1, n=0)]).axes[0]
    [gap] = axes.patches
    assert gap.get_hatch()
    assert ("0.1", "none") not in counts(axes)
    assert caption(CELLS[:5]).endswith("Hatched: no run has finished.")
    assert "Hatched" not in caption(CELLS)


def test_a_cell_with_seeds_that_have_not_ended_is_left_out_and_the_caption_says_so() -> None:
    going = summary_cell("yolo", "none", "he", [[], [], [], [0.1]], {0: 1, 1: 1, 2: 1, 3: None}, epochs=2, lr=0.1)
    cells = [*(replace(one, levels=one.levels | {"epochs": 2}) for one in CELLS[:5]), going]
    axes = draw(cells).axes[0]
    assert ("0.1", "none") not in counts(axes)
    assert [patch.get_hatch() is not None for patch in axes.patches] == [True]
    assert caption(cells).endswith(
        "Hatched: no run has finished, or some seeds have not ended. Left out until all their seeds have ended: 1 of "
        "the cells."
    )


def test_a_factor_that_does_not_vary_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"^epochs does not vary: it is 1 in every cell; factors that vary: norm, lr$"):
        draw(CELLS, x="epochs")
    with pytest.raises(ValueError, match=r"lr does not vary: it is 0.01 in every cell; no factor varies"):
        draw(CELLS[:1])


def test_what_is_no_factor_is_refused_and_so_is_one_factor_twice() -> None:
    with pytest.raises(ValueError, match="'colour' is not a factor; the factors are: arch, norm, init, epochs, lr"):
        draw(CELLS, y="colour")
    with pytest.raises(ValueError, match="lr is already along x"):
        draw(CELLS, y="lr")


@pytest.mark.slow
@pytest.mark.parametrize(("num_columns", "num_rows"), [(2, 70), (70, 2), (20, 20)])
def test_the_labels_of_many_levels_do_not_overlap(num_columns: int, num_rows: int) -> None:
    grid = [
        cell(0.001 * (1 + column), width=0.05 * (1 + row)) for column in range(num_columns) for row in range(num_rows)
    ]
    figure = draw(grid)
    figure.draw_without_rendering()
    for labels in (figure.axes[0].get_xticklabels(), figure.axes[0].get_yticklabels(), figure.axes[0].texts):
        boxes = [label.get_window_extent() for label in labels[:60]]
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))
