"""Figures of a task that shares no factor and no metric with the built-in one."""

import math
from dataclasses import replace

import pytest
from matplotlib.axes import Axes
from pydantic import BaseModel
from summaries import summary_cell

from evenkeel.analysis.effects import Contrast, Effects, Response, Responses, Term
from evenkeel.analysis.summary import CellSummary
from evenkeel.figures import draw_bands, draw_effects, draw_reaching, draw_region, render
from evenkeel.grids.cell import canonical_hash
from evenkeel.grids.levels import cell_name
from evenkeel.plugins import Metric, Panels, Task


class Control(BaseModel):
    policy: str
    depth: int
    gamma: float = 0.99
    iterations: int = 3


RETURN = Metric("mean_return", "higher", -math.inf, "", "Reward of an episode, mean.", "mean return")
TASK = Task(
    name="control",
    version=1,
    parameters=Control,
    metrics=(RETURN,),
    default_metric="mean_return",
    panels=Panels(row="policy", column="depth", line="gamma"),
    labels={"mlp": "MLP", "gamma": "discount"},
    num_epochs=lambda parameters: parameters.iterations,
)
CURVES = [[10.0, 90.0, 400.0], [12.0, 70.0, 500.0], [-5.0, 80.0, 450.0], [11.0, 60.0]]


def cell(policy: str, depth: int, gamma: float, outcomes: dict[int, int]) -> CellSummary:
    """A cell with the statistics of a cell of classification, but another name and other levels."""
    found = summary_cell("yolo", "none", "he", CURVES, outcomes, threshold=100.0)
    levels = {"policy": policy, "depth": depth, "gamma": gamma, "iterations": 3}
    found_hash = canonical_hash(levels)
    return replace(found, cell=cell_name(TASK, levels, found_hash), hash=found_hash, levels=levels)


CELLS = [cell("mlp", 2, 0.9, {3: 2}), cell("mlp", 2, 0.99, {3: 2}), cell("lstm_small", 4, 0.99, {2: 3, 3: 2})]


def labels(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


@pytest.mark.slow
def test_bands_are_laid_out_by_the_factors_that_the_task_names() -> None:
    figure = draw_bands(TASK, CELLS, RETURN)
    assert [axes.get_title() for axes in figure.axes] == [
        "lstm small, depth 2",
        "lstm small, depth 4",
        "MLP, depth 2",
        "MLP, depth 4",
    ]
    assert [label.split("\n(")[0] for label in labels(figure.axes[2])] == ["discount 0.9", "discount 0.99"]
    assert figure.axes[0].get_ylabel() == "mean return"
    assert render(figure, "svg")


def test_what_is_no_share_has_the_limits_of_its_values() -> None:
    low, high = draw_bands(TASK, CELLS, RETURN).axes[0].get_ylim()
    assert low < -5
    assert high > 500


def test_a_worst_value_below_all_others_is_said_to_be_infinite_downwards() -> None:
    caption = draw_bands(TASK, CELLS, RETURN, "all").get_supxlabel().replace("\n", " ")
    assert "a seed that diverged counts as minus infinity, and the line ends there" in caption


def test_a_task_of_one_factor_has_a_row_for_each_level_and_a_single_column() -> None:
    alone = replace(TASK, panels=Panels("gamma", "gamma", "gamma"))
    figure = draw_bands(alone, CELLS[:2], RETURN)
    assert [axes.get_title() for axes in figure.axes] == ["discount 0.9", "discount 0.99"]
    assert [label.split(" (")[0] for axes in figure.axes for label in labels(axes)] == ["discount 0.9", "discount 0.99"]


def test_a_region_takes_any_two_factors_and_the_cells_own_names() -> None:
    axes = draw_region(TASK, CELLS, "policy", "gamma").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("policy", "discount")
    assert {text.get_text() for text in axes.texts} == {"1/4", "2/4"}
    longer = replace(CELLS[0], levels=CELLS[0].levels | {"iterations": 4})
    [name] = draw_region(TASK, [CELLS[0], longer], "iterations").axes[0].get_yticklabels()
    assert name.get_text() == "mlp-2-0.9"


def test_reaching_asks_the_task_how_many_epochs_there_are() -> None:
    long = [replace(one, levels=one.levels | {"iterations": 40}) for one in CELLS]
    assert draw_reaching(TASK, CELLS).axes[0].get_xlim()[1] < 4
    assert draw_reaching(TASK, long).axes[0].get_xlim()[1] > 40


def test_effects_call_the_metric_as_the_task_does() -> None:
    contrast = Contrast("4", "2", 30.0, 10.0, 50.0)
    terms = [Term("depth", 1, 1, 9.0, 0.01, 0.01, 0.02, 0.3, True, [contrast])]
    none = Response(None, None, None, None, [])
    found = Effects(
        metric="mean_return",
        experiment=None,
        factors={"depth": [2, 4]},
        num_cells=3,
        missing_cells=1,
        num_runs=12,
        seeds_per_cell=[4, 4],
        notes=[],
        responses=Responses(Response(12, 3, None, 9, terms), none, none),
        answer="An answer.",
        left_out=[],
    )
    [axes] = draw_effects(TASK, found).axes
    assert axes.get_xlabel().replace("\n", " ") == "difference in mean return"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["depth: 4 against 2"]
