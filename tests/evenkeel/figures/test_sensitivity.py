"""The final value over the levels of a numeric factor."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from summaries import summary_cell

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.summary import CellSummary
from evenkeel.factors import effects
from evenkeel.figures import draw_sensitivity, render
from evenkeel.figures.lettering import Caption
from models.task import CLASSIFICATION

RATES = (0.001, 0.01, 0.1)
ENDS = (0.6, 0.9, 0.7)
NOISE = ((-0.01, 0.0, 0.02), (0.01, 0.01, -0.01), (0.0, -0.01, 0.02))
MEANS = [end + sum(noise) / 3 for end, noise in zip(ENDS, NOISE, strict=True)]


@pytest.fixture(autouse=True)
def few_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures show no p, so the tests need not wait for it."""
    monkeypatch.setattr(effects, "effects", partial(effects.effects, permutations=99))


def cells(
    norms: Sequence[str] = ("batch", "none"), rates: Sequence[float] = RATES, metric: str = "val_accuracy"
) -> list[CellSummary]:
    """Cells of three seeds. Without norm, the first seed of the largest rate diverged."""
    found = []
    for norm in norms:
        for rate, end in zip(rates, ENDS, strict=True):
            spread = NOISE[rates.index(rate)]
            # The starts differ between the norms: cells with equal curves count as one.
            curves = [[0.5 if norm == "batch" else 0.4, end + each] for each in spread]
            diverged = {0: 2} if norm == "none" and rate == rates[-1] else {}
            found.append(summary_cell("yolo", norm, "he", curves, diverged, metric=metric, lr=rate))
    return found


def draw(
    drawn: list[CellSummary],
    x: str = "lr",
    metric: str = "val_accuracy",
    caption: Caption = "full",
    start: float | None = None,
) -> Figure:
    declared = CLASSIFICATION.metric(metric)
    found = which_mattered(CLASSIFICATION, drawn, declared, None, (), start)
    return draw_sensitivity(CLASSIFICATION, drawn, declared, found, x, caption, start)


def lines(axes: Axes) -> list[list[float]]:
    """The means along each line."""
    return [np.asarray(line.get_ydata()).tolist() for line in axes.lines if line.get_linewidth() == 1.4]


def crosses(axes: Axes) -> list[float]:
    return [float(line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "x"]


def test_each_combination_has_a_line_of_means_a_band_and_its_sensitivity() -> None:
    [axes] = draw(cells()).axes
    assert len(axes.collections) == 2
    assert lines(axes)[0] == pytest.approx(MEANS)
    legend = axes.get_legend()
    assert legend is not None
    said = [text.get_text().replace("\n", " ") for text in legend.get_texts()]
    assert said[0].startswith("with batch norm: S = 0.17 (")
    assert said[1].startswith("without norm: S = ")


def test_a_diverged_run_is_a_cross_at_the_value_with_which_it_counts() -> None:
    figure = draw(cells())
    assert crosses(figure.axes[0]) == [0.0]
    assert lines(figure.axes[0])[1][2] == pytest.approx((0.69 + 0.72) / 3)
    assert "Cross: a seed that diverged; it counts as 0." in figure.get_supxlabel().replace("\n", " ")


def test_where_the_worst_value_is_infinite_it_is_left_out_and_its_cross_is_on_the_edge() -> None:
    figure = draw(cells(metric="val_loss"), metric="val_loss")
    assert crosses(figure.axes[0]) == [1.0]
    assert lines(figure.axes[0])[1][2] == pytest.approx(0.705)
    said = figure.get_supxlabel().replace("\n", " ")
    assert "it is left out of the line and of S" in said
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert "S >" in legend.get_texts()[1].get_text()


def test_with_the_value_before_training_it_counts_with_that() -> None:
    figure = draw(cells(metric="val_loss"), metric="val_loss", start=2.3)
    assert crosses(figure.axes[0]) == [2.3]
    assert "it counts with the value before training, 2.3" in figure.get_supxlabel().replace("\n", " ")


@pytest.mark.slow
@pytest.mark.parametrize(("rates", "scale"), [(RATES, "log"), ((0.1, 0.2, 0.3), "linear")])
def test_the_axis_is_logarithmic_where_the_levels_are_spread_so(rates: tuple[float, ...], scale: str) -> None:
    assert draw(cells(rates=rates)).axes[0].get_xscale() == scale


@pytest.mark.slow
def test_every_level_has_a_tick_and_the_axis_its_name() -> None:
    [axes] = draw(cells()).axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0.001", "0.01", "0.1"]
    assert axes.get_xlabel() == "learning rate"


@pytest.mark.slow
def test_more_than_three_lines_have_small_panels() -> None:
    figure = draw(cells(("batch", "none", "group", "layer")))
    assert [len(axes.collections) for axes in figure.axes] == [1] * 4
    assert figure.axes[0].get_title().startswith("with batch norm\nS = 0.17 (")
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    boxes += [tick.get_window_extent() for axes in figure.axes for tick in axes.get_xticklabels() if tick.get_text()]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_cells_that_still_train_are_left_out_and_counted() -> None:
    going = summary_cell("yolo", "batch", "glorot", [[0.1], [0.2]], {0: None}, metric="val_accuracy", lr=0.1)
    figure = draw([*cells(("batch",)), going])
    assert "Left out until all their seeds have ended: 1 of the cells." in figure.get_supxlabel().replace("\n", " ")


def test_without_an_ended_cell_or_a_run_there_is_an_empty_panel() -> None:
    nothing = [summary_cell("yolo", "batch", "he", [[0.1]], {0: None}, metric="val_accuracy", lr=lr) for lr in RATES]
    assert render(draw(nothing), "svg")


@pytest.mark.slow
def test_a_factor_without_three_numbers_is_refused_with_those_that_have_them() -> None:
    with pytest.raises(ValueError, match=r"norm needs three or more numbers as levels .* such factors: lr"):
        draw(cells(), "norm")
    with pytest.raises(ValueError, match="'colour' is not a factor; the factors are: arch, norm"):
        draw(cells(), "colour")


@pytest.mark.slow
def test_a_caption_is_short_or_missing_if_asked() -> None:
    assert draw(cells(), caption="none").get_supxlabel() == ""
    short = "Mean and range over seeds; cross: it diverged. S: sensitivity, 95 % interval."
    assert draw(cells(), caption="short").get_supxlabel().replace("\n", " ") == short
