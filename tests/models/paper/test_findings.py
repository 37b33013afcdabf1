"""The verdicts on the paper's findings follow from the numbers beside them."""

from dataclasses import replace
from typing import Any

import pytest
from summaries import summary_cell

from evenkeel.analysis.effects import Contrast, Effects, Response, Responses, Term
from evenkeel.analysis.summary import CellSummary
from evenkeel.lab.progress import RunCounts
from evenkeel.lab.status import Status
from evenkeel.plugins import Outcome, Verdict
from models.paper.findings import paper_findings

# (band width, final accuracy) as the paper shows them.
PAPER = {
    "yolo-batch": (0.01, 0.99),
    "yolo-none": (0.3, 0.5),
    "resnet-batch": (0.01, 0.99),
    "resnet-none": (0.015, 0.98),
}


def cells(**changes: Any) -> list[CellSummary]:
    found = []
    for name, (band, final) in PAPER.items():
        for init in ("he", "glorot"):
            arch, norm = name.split("-")
            numbers = {"band": band, "final": final, "diverged": 0, "finished": 3, "queued": 0}
            numbers |= changes.get(f"{arch}_{norm}_{init}", {})
            counts = {"queued": numbers["queued"], "finished": numbers["finished"]}
            cell = summary_cell(arch, norm, init, [])
            found.append(
                replace(
                    cell,
                    band_width=numbers["band"],
                    final=replace(cell.final, mean=numbers["final"]),
                    num_runs=RunCounts(
                        total=sum(counts.values()),
                        status={status: counts.get(status, 0) for status in Status},
                        outcome=dict.fromkeys(Outcome, 0) | {Outcome.DIVERGED: numbers["diverged"]},
                    ),
                )
            )
    return found


def effects(
    final: tuple[float | None, ...] = (0.2, -0.1, 0.01), spread: tuple[float, ...] = (5.0, 0.3, 1.1)
) -> Effects:
    """Contrasts of arch, norm and init."""

    def response(sizes: tuple[float | None, ...]) -> Response:
        named = zip(("arch", "norm", "init"), sizes, strict=True)
        return Response(None, None, None, None, [term(name, size) for name, size in named])

    def term(name: str, size: float | None) -> Term:
        contrasts = [Contrast("one", "other", size, None, None)]
        return Term(name, 1, 1, None, None, 0.01, 0.01, None, matters=True, contrasts=contrasts)

    return Effects(
        metric="train_accuracy",
        experiment="exp",
        factors={},
        num_cells=8,
        missing_cells=0,
        num_runs=24,
        seeds_per_cell=[3, 3],
        notes=[],
        responses=Responses(response(final), response(spread), Response(None, None, None, None, [])),
        answer="",
        left_out=[],
    )


def verdicts(**changes: Any) -> list[Verdict]:
    return [finding.verdict for finding in paper_findings(cells(**changes), effects())]


def test_the_papers_numbers_bear_the_paper_out() -> None:
    assert verdicts() == [Verdict.HOLDS] * 3


@pytest.mark.parametrize(
    ("changes", "finding", "verdict"),
    [
        ({"yolo_batch_he": {"band": 0.06}}, 0, Verdict.IN_PART),
        ({"resnet_batch_he": {"final": 0.9}}, 0, Verdict.IN_PART),
        ({"resnet_batch_he": {"diverged": 1}}, 0, Verdict.IN_PART),
        ({"yolo_none_he": {"band": 0.04}}, 1, Verdict.IN_PART),
        ({"yolo_none_he": {"final": 0.97}}, 1, Verdict.IN_PART),
        ({"yolo_none_he": {"final": 0.97, "diverged": 1}}, 1, Verdict.HOLDS),
        ({"yolo_none_he": {"final": None, "diverged": 3}}, 1, Verdict.HOLDS),
        ({i: {"band": 0.0, "final": 1.0} for i in ("yolo_none_he", "yolo_none_glorot")}, 1, Verdict.NOT),
        ({"resnet_none_he": {"band": 0.025}}, 2, Verdict.IN_PART),
        ({"resnet_none_he": {"diverged": 1}}, 2, Verdict.IN_PART),
        ({"resnet_none_he": {"queued": 1}}, 2, Verdict.UNKNOWN),
        ({"resnet_none_he": {"finished": 1}}, 2, Verdict.UNKNOWN),
    ],
)
def test_a_verdict_turns_with_its_numbers(changes: dict[str, Any], finding: int, verdict: Verdict) -> None:
    assert verdicts(**changes)[finding] is verdict


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (effects(), Verdict.HOLDS),
        (effects(final=(0.1, 0.2, 0.01)), Verdict.IN_PART),
        (effects(spread=(2.0, 0.3, 1.1)), Verdict.IN_PART),
        (effects(final=(0.2, None, 0.01)), Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
    ],
)
def test_the_order_of_the_factors_is_that_of_their_effects(found: Effects | None, verdict: Verdict) -> None:
    assert paper_findings(cells(), found)[2].verdict is verdict


def test_every_check_shows_the_number_that_it_judges_and_names_its_cell() -> None:
    found = cells(yolo_none_glorot={"band": 0.123})
    [cell] = [cell for cell in found if cell.cell.startswith("yolo-none-glorot")]
    checks = [check for finding in paper_findings(found) for check in finding.checks]
    said = [check for check in checks if check.says.startswith(f"{cell.cell}: band")]
    assert [("0.123" in check.says, check.holds) for check in said] == [(True, True)]


def test_a_grid_that_is_not_the_papers_leaves_the_findings_open() -> None:
    assert {finding.verdict for finding in paper_findings([])} == {Verdict.UNKNOWN}
    half = [cell for cell in cells() if cell.levels["arch"] == "yolo"]
    assert [finding.verdict for finding in paper_findings(half)] == [Verdict.UNKNOWN, Verdict.HOLDS, Verdict.UNKNOWN]
