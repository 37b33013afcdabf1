"""What every figure shares."""

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from summaries import summary_cell

from evenkeel.figures import draw_bands, draw_region, render
from evenkeel.figures.style import COLOURS, line_style
from models.factors import Arch, Init, Norm
from models.task import CLASSIFICATION

CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1, 0.4]]
CELLS = [summary_cell("yolo", "none", "he", CURVES, {2: 3}, threshold=0.7, lr=lr) for lr in (0.1, 0.01)]
STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


def bands() -> Figure:
    return draw_bands(CLASSIFICATION, CELLS, CLASSIFICATION.metric("train_accuracy"))


@pytest.mark.slow
@pytest.mark.parametrize("form", STARTS)
def test_the_same_numbers_give_the_same_bytes_whenever_they_are_drawn(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw() -> list[bytes]:
        return [render(figure, form) for figure in (bands(), draw_region(CLASSIFICATION, CELLS, "lr"))]

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # the time that matplotlib uses as now
    once = draw()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert draw() == once
    assert all(image.startswith(STARTS[form]) for image in once)


@pytest.mark.slow
def test_drawing_one_figure_twice_leaves_it_as_it_was() -> None:
    figure = bands()
    assert render(figure, "png") == render(figure, "png")


def test_every_metric_and_every_level_of_a_network_has_a_name() -> None:
    named = {metric.name for metric in CLASSIFICATION.metrics if metric.label} | set(CLASSIFICATION.labels)
    assert {*(metric.name for metric in CLASSIFICATION.metrics), *Arch, *Norm, *Init} <= named


def test_the_first_24_lines_tell_apart_in_grey() -> None:
    styles = [line_style(index) for index in range(24)]
    assert len({(str(style["linestyle"]), style["marker"]) for style in styles}) == 24


def test_the_first_two_colours_differ_in_grey_too() -> None:
    first, second = (0.299 * r + 0.587 * g + 0.114 * b for r, g, b in map(to_rgb, COLOURS[:2]))
    assert abs(first - second) > 0.1
