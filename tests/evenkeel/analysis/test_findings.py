"""The claims of a task are checked with the cells that they are about."""

from dataclasses import replace

from summaries import summary_cell

from evenkeel.analysis.effects import Effects
from evenkeel.analysis.findings import judge_hypotheses
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Check, Finding, Hypotheses
from models.task import CLASSIFICATION

CELLS = [
    summary_cell("yolo", norm, "he", [[0.1, 0.5], [0.2, end]])
    for norm, end in (("batch", 0.6), ("none", 0.7), ("layer", 0.8))
]


def findings(cells: list[CellSummary], effects: Effects | None) -> list[Finding]:
    """The arguments with which the claims were checked."""
    factors = effects.factors if effects else None
    return [Finding("A claim.", [Check(f"{len(cells)} cells, {factors}", None)])]


def asked_with(cells: list[CellSummary], **factors: list[str]) -> str:
    task = replace(CLASSIFICATION, hypotheses=Hypotheses("Hypotheses", factors, findings))
    [finding] = judge_hypotheses(task, cells, "exp")
    return finding.checks[0].says


def test_effects_are_those_among_the_levels_that_the_claims_are_about() -> None:
    assert asked_with(CELLS, norm=["batch", "none"]) == "3 cells, {'norm': ['batch', 'none']}"
    assert asked_with(CELLS) == "3 cells, {'norm': ['batch', 'none', 'layer']}"


def test_without_such_cells_there_are_no_effects() -> None:
    assert asked_with(CELLS, norm=["group"]) == "3 cells, None"


def test_a_task_without_claims_has_no_findings() -> None:
    assert judge_hypotheses(replace(CLASSIFICATION, hypotheses=None), CELLS, "exp") == []
