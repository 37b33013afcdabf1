"""The claims of a task are checked with the cells that they are about."""

from dataclasses import replace

import pytest
from summaries import summary_cell

from evenkeel.analysis.effects import Effects
from evenkeel.analysis.findings import judge_hypotheses
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Check, Finding, Hypotheses, Task
from models.task import CLASSIFICATION

CELLS = [
    summary_cell("yolo", norm, "he", [[0.1, 0.5], [0.2, end]])
    for norm, end in (("batch", 0.6), ("none", 0.7), ("layer", 0.8))
]


def findings(cells: list[CellSummary], effects: Effects | None) -> list[Finding]:
    """The arguments with which the claims were checked."""
    factors = effects.factors if effects else None
    return [Finding("A claim.", [Check(f"{len(cells)} cells, {factors}", None)])]


def about(**factors: list[str]) -> Task:
    """A task whose claims are about these levels."""
    return replace(CLASSIFICATION, hypotheses=Hypotheses("Hypotheses", factors, findings))


def asked_with(cells: list[CellSummary], **factors: list[str]) -> str:
    [finding] = judge_hypotheses(about(**factors), cells, "exp")
    return finding.checks[0].says


def test_effects_are_those_among_the_levels_that_the_claims_are_about() -> None:
    assert asked_with(CELLS, norm=["batch", "none"]) == "3 cells, {'norm': ['batch', 'none']}"
    assert asked_with(CELLS) == "3 cells, {'norm': ['batch', 'none', 'layer']}"


@pytest.mark.parametrize("norms", [["group"], ["batch", "group"]])
def test_claims_about_other_cells_are_not_judged(norms: list[str]) -> None:
    assert judge_hypotheses(about(norm=norms), CELLS, "exp") == []


def test_claims_are_not_judged_where_several_cells_could_be_meant() -> None:
    again = [summary_cell("yolo", "none", "he", [[0.1, 0.5], [0.2, 0.6]], lr=lr) for lr in (0.1, 0.2)]
    assert judge_hypotheses(about(norm=["batch", "none"]), [CELLS[0], *again], "exp") == []


def test_a_task_without_claims_has_no_findings() -> None:
    assert judge_hypotheses(replace(CLASSIFICATION, hypotheses=None), CELLS, "exp") == []
