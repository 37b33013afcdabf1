"""What the paper claims, and the levels that it claims it of. The tests are in `findings`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenkeel.plugins import Finding, Hypotheses

if TYPE_CHECKING:
    from evenkeel.analysis.effects import Effects
    from evenkeel.analysis.summary import CellSummary

LEVELS = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}


def _judge(cells: Sequence[CellSummary], effects: Effects | None) -> list[Finding]:
    # The tests need SciPy, and whoever only trains the task does not.
    from models.paper.findings import paper_findings

    return paper_findings(cells, effects)


HYPOTHESES = Hypotheses(
    title="The three findings of McInroe 2020",
    levels=LEVELS,
    judge=_judge,
    remarks=(
        "The paper's data are Food-101.",
        "The limits in the parts are Evenkeel's own. The paper names none.",
        "Spread is the standard deviation over the seeds, over all epochs.",
        "A finding holds if each part is shown (p at most 0.05). It does not hold if the opposite of a part is shown, "
        "after a correction for the number of parts. Otherwise it is undecided.",
    ),
    source="McInroe 2020",
)
