"""The figure shows what the summary says."""

from typing import Any

import numpy as np

from api.figures import draw_bands, render
from lab.stability import stack_curves, summarise


def cell(arch: str, norm: str, init: str, curves: list[list[float]], diverged: int = 0) -> dict[str, Any]:
    return {
        "cell": f"{arch}-{norm}-{init}",
        "levels": {"arch": arch, "norm": norm, "init": init},
        "num_runs": {"outcome": {"diverged": diverged}},
        "curves": [{"seed": seed, "values": values} for seed, values in enumerate(curves)],
    } | summarise(stack_curves(curves), np.array([values[-1] for values in curves]))


CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1, 0.4, 0.7]]
CELLS = [
    cell(arch, norm, init, CURVES)
    for arch in ("yolo", "resnet")
    for norm in ("batch", "none")
    for init in ("he", "glorot")
]


def test_rows_are_architectures_and_columns_are_norms() -> None:
    titles = [axes.get_title() for axes in draw_bands(CELLS, "train_accuracy").axes]
    assert titles == [
        "Tiny-YOLO, with batch norm",
        "Tiny-YOLO, without norm",
        "ResNet26, with batch norm",
        "ResNet26, without norm",
    ]


def test_each_panel_has_a_line_and_a_band_per_init_and_every_seed() -> None:
    for axes in draw_bands(CELLS, "train_accuracy").axes:
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["He (n = 3)", "Glorot (n = 3)"]
        assert len(axes.collections) == 2
        assert len(axes.lines) == 2 * (1 + 3)


def test_the_legend_tells_how_many_seeds_stand_behind_a_line_and_how_many_diverged() -> None:
    uneven = cell("yolo", "none", "he", [[0.1, 0.2], [0.3]], diverged=1)
    [axes] = draw_bands([uneven], "val_loss").axes
    assert axes.get_legend().get_texts()[0].get_text() == "He (n = 1\N{EN DASH}2, 1 diverged)"


def test_a_legend_keeps_small_levels_whole() -> None:
    small = cell("yolo", "none", "he", CURVES) | {"cell": "yolo-none-he-lr=1e-05-width=0.25"}
    [axes] = draw_bands([small], "train_accuracy").axes
    assert axes.get_legend().get_texts()[0].get_text() == "He, lr=1e-05, width=0.25 (n = 3)"


def test_the_same_numbers_give_the_same_bytes() -> None:
    one, other = (render(draw_bands(CELLS, "train_accuracy"), "svg") for _ in range(2))
    assert one == other
