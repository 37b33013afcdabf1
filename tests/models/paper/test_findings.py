"""The verdicts on the paper's findings rest on tests: what few runs cannot show is undecided."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from summaries import summary_cell

from evenkeel.analysis.effects import Contrast, Effects, Response, Responses, Term
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Finding, Verdict
from models.paper.findings import paper_findings
from models.paper.hypotheses import LEVELS

EPOCHS = 12
# (final accuracy, spread) as the paper shows them.
PAPER = {
    ("yolo", "batch"): (0.99, 0.004),
    ("yolo", "none"): (0.5, 0.15),
    ("resnet", "batch"): (0.99, 0.004),
    ("resnet", "none"): (0.98, 0.004),
}
EQUAL = dict.fromkeys(PAPER, (0.99, 0.004))


def cells(
    truth: Mapping[tuple[str, str], tuple[float, float]] = PAPER,
    seeds: int = 10,
    outcomes: Mapping[str, Mapping[int, Any]] | None = None,
    seed: int = 0,
    **queued: int,
) -> list[CellSummary]:
    """The eight networks. outcomes: name of a network -> seed -> outcome; queued: name -> seeds that wait."""
    rng, found = np.random.default_rng(seed), []
    for arch, norm, init in product(*LEVELS.values()):
        final, spread = truth[arch, norm]
        rise = final * (1 - np.exp(-np.arange(1, EPOCHS + 1))) / (1 - np.exp(-EPOCHS))
        curves = np.clip(rise + spread * rng.normal(size=(seeds, EPOCHS)), 0, 0.9999)
        name = f"{arch}_{norm}_{init}"
        own = (outcomes or {}).get(name, {})
        for lost in own:
            curves[lost] = 0.01
        found.append(summary_cell(arch, norm, init, curves.tolist(), own, queued=queued.get(name, 0)))
    return found


def effects(interaction: float = 0.001, norm: tuple[float, float] = (-0.25, 0.02), init: float = 0.01) -> Effects:
    """p_holm of arch:norm, and the contrasts of norm (with half of its interval) and of init."""

    def term(name: str, p: float, estimate: float, half: float) -> Term:
        contrasts = [Contrast("one", "other", estimate, estimate - half, estimate + half)]
        return Term(name, 1, 1, None, None, p, p, None, p <= 0.05, contrasts)

    pair = Term("arch:norm", 2, 1, None, None, interaction, interaction, None, interaction <= 0.05, [])
    final = [term("norm", 0.001, *norm), term("init", 0.5, init, 0.02), pair]
    nothing = Response(None, None, None, None, [])
    return Effects(
        metric="train_accuracy",
        experiment="exp",
        factors={},
        num_cells=8,
        missing_cells=0,
        num_runs=24,
        seeds_per_cell=[3, 3],
        notes=[],
        responses=Responses(Response(None, None, None, None, final), nothing, nothing),
        answer="",
        left_out=[],
    )


def verdicts(found: list[CellSummary], effects_found: Effects | None = None) -> list[Verdict]:
    return [finding.verdict for finding in paper_findings(found, effects_found or effects())]


def test_the_papers_networks_with_ten_seeds_bear_the_paper_out() -> None:
    assert verdicts(cells()) == [Verdict.HOLDS] * 3


@pytest.mark.slow
def test_eight_identical_networks_never_bear_the_third_finding_out() -> None:
    for seed in range(10):
        found = verdicts(cells(EQUAL, seeds=3, seed=seed), effects(0.8, (0.001, 0.01), 0.001))
        assert found[1] is Verdict.NOT
        assert found[2] is not Verdict.HOLDS


def test_two_seeds_leave_open_what_ten_show() -> None:
    assert verdicts(cells(seeds=2))[0] is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("network", "final", "spread", "finding"),
    [
        (("yolo", "batch"), 0.9, 0.004, 0),
        (("resnet", "batch"), 0.9, 0.06, 0),
        (("yolo", "none"), 0.99, 0.02, 1),
        (("yolo", "none"), 0.5, 0.004, 1),
        (("resnet", "none"), 0.9, 0.03, 2),
    ],
)
def test_a_finding_does_not_hold_where_the_opposite_of_a_part_is_shown(
    network: tuple[str, str], final: float, spread: float, finding: int
) -> None:
    assert verdicts(cells({**PAPER, network: (final, spread)}))[finding] is Verdict.NOT


def test_runs_that_are_lost_count_as_unstable() -> None:
    lost = dict.fromkeys(range(8), "collapsed")
    found = verdicts(cells(outcomes={"resnet_none_he": lost, "resnet_batch_he": {0: 2}}))
    assert found[0] is Verdict.UNDECIDED
    assert found[2] is Verdict.NOT
    everything = dict.fromkeys(range(10), "collapsed")
    assert verdicts(cells(outcomes={"yolo_none_he": everything}))[1] is Verdict.HOLDS


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (effects(), Verdict.HOLDS),
        (effects(interaction=0.3), Verdict.UNDECIDED),
        (effects(norm=(-0.02, 0.02)), Verdict.UNDECIDED),
        (effects(init=0.4), Verdict.NOT),
    ],
)
def test_the_third_finding_needs_the_interaction_and_an_effect_of_norm_over_that_of_init(
    found: Effects, verdict: Verdict
) -> None:
    assert verdicts(cells(), found)[2] is verdict


def test_a_missing_or_unfinished_cell_leaves_its_findings_unknown() -> None:
    assert {finding.verdict for finding in paper_findings([])} == {Verdict.UNKNOWN}
    assert verdicts(cells(resnet_none_he=1)) == [Verdict.HOLDS, Verdict.HOLDS, Verdict.UNKNOWN]
    assert paper_findings(cells(), None)[2].verdict is Verdict.UNKNOWN
    half = [cell for cell in cells() if cell.levels["arch"] == "yolo"]
    assert verdicts(half) == [Verdict.UNKNOWN, Verdict.HOLDS, Verdict.UNKNOWN]


def test_a_copy_of_a_run_is_no_evidence() -> None:
    few = cells(seeds=2)
    copied = [
        replace(cell, curves=[*cell.curves, *(replace(curve, counted=False) for curve in cell.curves)]) for cell in few
    ]
    assert numbers(paper_findings(copied, effects())) == numbers(paper_findings(few, effects()))


def numbers(found: list[Finding]) -> list[float | None]:
    return [check.p for finding in found for check in finding.checks]


def test_every_part_shows_the_numbers_that_it_judges_and_names_its_cell() -> None:
    found = cells(outcomes={"yolo_none_glorot": {0: "collapsed"}})
    [cell] = [cell for cell in found if cell.cell.startswith("yolo-none-glorot")]
    said = [check.says for check in paper_findings(found, effects())[1].checks if check.says.startswith(cell.cell)]
    assert [what for what in said if "(1 of 10 diverged or collapsed)" in what] == said
    assert "median final accuracy 0.4" in said[0]
    assert said[0].endswith("poor is under 0.95")
    assert said[1].endswith("wide is over 0.03")
