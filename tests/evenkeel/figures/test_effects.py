"""Estimates and intervals as they are drawn."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evenkeel.analysis.effects import Contrast, Effects, Response, Responses, Term
from evenkeel.figures import draw_effects, render
from evenkeel.figures.effects import PANELS
from models.task import CLASSIFICATION

Estimate = tuple[float | None, float | None, float | None]


def draw(found: Effects) -> Figure:
    return draw_effects(CLASSIFICATION, found)


def term(name: str, against: str, p: float | None, **levels: Estimate) -> Term:
    return Term(
        term=name,
        order=1,
        df=len(levels),
        f=None,
        p=p,
        p_permutation=p,
        p_holm=p,
        partial_omega_squared=None,
        matters=None if p is None else p <= 0.05,
        contrasts=[Contrast(level, against, *estimate) for level, estimate in levels.items()],
    )


def effects(final: list[Term], spread: list[Term] | None = None, divergence: list[Term] | None = None) -> Effects:
    def response(terms: list[Term] | None) -> Response:
        return Response(num_runs=6, num_cells=2, num_bad=1, error_df=4, terms=terms or [])

    return Effects(
        metric="train_accuracy",
        experiment=None,
        factors={},
        num_cells=2,
        missing_cells=0,
        num_runs=6,
        seeds_per_cell=[3, 3],
        notes=["A note."],
        responses=Responses(response(final), response(spread), response(divergence)),
        answer="An answer.",
        left_out=[],
    )


NORM = term("norm", "batch", 0.0004, none=(-0.3, -0.4, -0.2), group=(-0.1, -0.2, 0.0))
INIT = term("init", "he", 0.6, glorot=(0.05, -0.1, 0.2))
PAIR = replace(term("norm:init", "", None), order=2)
SPREAD = [term("norm", "batch", 0.01, none=(4.0, 2.0, 8.0)), term("init", "he", 1.0, glorot=(1.1, 0.5, 2.2))]
ODDS = [term("norm", "batch", 0.02, none=(40.0, 2.0, None)), term("init", "he", None, glorot=(1.0, 0.0001, 3e5))]
WHOLE = effects([NORM, INIT, PAIR], SPREAD, ODDS)


def points(axes: Axes) -> list[tuple[float, float, bool]]:
    """(estimate, row, whether the point is filled) for each point of the figure."""
    return [
        (*line.get_xydata()[0], line.get_markerfacecolor() != "white")
        for line in axes.lines
        if line.get_marker() == "o"
    ]


def intervals(axes: Axes) -> list[tuple[float, float]]:
    return [tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 1.3]


def arrows(axes: Axes) -> list[str]:
    return [str(line.get_marker()) for line in axes.lines if line.get_marker() in ("<", ">")]


def rows(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_there_is_a_panel_for_each_response_and_a_row_for_each_contrast() -> None:
    figure = draw(WHOLE)
    assert [axes.get_title() for axes in figure.axes] == [panel.title for panel in PANELS.values()]
    assert rows(figure) == ["norm: none against batch", "norm: group against batch", "init: glorot against he"]
    assert figure.axes[0].get_xlabel().replace("\n", " ") == "difference in training accuracy"


def test_a_point_is_filled_where_its_factor_matters() -> None:
    final, spread, divergence = (points(axes) for axes in draw(WHOLE).axes)
    assert final == [(-0.3, 0, True), (-0.1, 1, True), (0.05, 2, False)]
    assert spread == [(4.0, 0, True), (1.1, 2, False)]
    assert divergence == [(40.0, 0, True), (1.0, 2, False)]


def test_an_interval_runs_from_its_low_to_its_high_end() -> None:
    final, spread, _ = draw(WHOLE).axes
    assert intervals(final) == [(-0.4, -0.2), (-0.2, 0.0), (-0.1, 0.2)]
    assert intervals(spread) == [(2.0, 8.0), (0.5, 2.2)]
    assert arrows(final) == arrows(spread) == []


def test_an_end_that_is_nowhere_or_far_away_is_an_arrow_on_the_edge() -> None:
    axes = draw(WHOLE).axes[2]
    left, right = axes.get_xlim()
    assert intervals(axes) == [(2.0, right), (left, right)]
    assert arrows(axes) == [">", "<", ">"]


def test_an_estimate_is_always_inside() -> None:
    axes = draw(effects([], [], [term("lr", "0.1", 0.01, **{"0.2": (5e6, 2.0, None)})])).axes[0]
    assert axes.get_xlim()[0] < 1
    assert axes.get_xlim()[1] > 5e6


def test_a_difference_without_an_interval_is_a_point_alone() -> None:
    axes = draw(effects([term("norm", "batch", 0.3, none=(-0.3, None, None))])).axes[0]
    assert points(axes) == [(-0.3, 0, False)]
    assert intervals(axes) == []
    assert arrows(axes) == []


def test_no_effect_is_zero_for_a_difference_and_one_for_a_ratio_on_a_logarithmic_axis() -> None:
    for axes, nothing, scale in zip(draw(WHOLE).axes, (0, 1, 1), ("linear", "log", "log"), strict=True):
        assert [line.get_xdata() for line in axes.lines if np.ptp(line.get_ydata()) == 1] == [[nothing, nothing]]
        assert axes.get_xscale() == scale


def test_p_stands_once_a_factor_beside_its_rows() -> None:
    final, _, divergence = draw(WHOLE).axes
    assert [(text.get_position()[1], text.get_text()) for text in final.texts] == [(0.5, "p < 0.001"), (2, "p = 0.6")]
    assert [text.get_text() for text in divergence.texts] == ["p = 0.02", "p \N{EN DASH}"]


def test_a_response_without_an_estimate_is_left_out() -> None:
    unknown = [term("norm", "batch", 0.01, none=(None, None, None))]
    figure = draw(effects([NORM], unknown, []))
    assert [axes.get_title() for axes in figure.axes] == ["Final value"]
    assert figure.get_figwidth() == 3.5
    assert draw(WHOLE).get_figwidth() == 7.2


def test_where_nothing_was_estimated_the_figure_says_why() -> None:
    figure = draw(effects([]))
    assert figure.axes == []
    said = figure.get_supxlabel().replace("\n", " ")
    assert said == "No effect has a size that could be estimated. An answer. A note."
    assert render(figure, "svg")


@pytest.mark.parametrize("name", ["short", "a-dataset-with-a-name-as-long-as-one-may-be-in-this-lab"])
def test_texts_do_not_overlap(name: str) -> None:
    terms = [NORM, term("dataset", f"{name}-0", 0.01, **{f"{name}-{n}": (2.0, 1.0, 4.0) for n in (1, 2)})]
    figure = draw(effects(terms, terms[1:], ODDS))
    figure.draw_without_rendering()
    labels = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert not any(one.overlaps(other) for one, other in pairwise(labels))
    ps = [[text.get_window_extent() for text in axes.texts] for axes in figure.axes]
    panels = [axes.get_window_extent() for axes in figure.axes]
    assert not any(p.overlaps(panel) for texts in ps for p in texts for panel in panels)
    titles = [axes.title.get_window_extent() for axes in figure.axes]
    assert not any(one.overlaps(other) for one, other in pairwise(titles))
