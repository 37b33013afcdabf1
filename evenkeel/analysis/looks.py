"""Which look at the results an answer is: each time that seeds were added after runs had finished makes one more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.analysis.facts import CellOrigin, Extension
from evenkeel.records.rows import CellRow, SeedRun
from evenkeel.records.status import Status
from evenkeel.statistics.looks import level_at

NO_DATA = (Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True)
class Look:
    """The look that an answer is.

    Attributes:
        number: From 1.
        shares: Into how many shares a rule for seeds divides the level of this look; 1 without such a rule.
    """

    number: int = 1
    shares: int = 1

    @property
    def level(self) -> float:
        """What p_holm is compared with."""
        return level_at(self.number, self.shares)


def look_at(cells: Sequence[CellOrigin]) -> Look:
    """The look of a question about these cells.

    Seeds may be added cell by cell, so all additions within an experiment count. An experiment's first seeds may
    themselves be an addition, namely to another experiment's runs of the same cells. So all additions to a cell count
    too, and the larger number decides.
    """
    every = {(each.experiment, each.at_ms) for cell in cells for each in cell.extended}
    by_experiment = Counter(experiment for experiment, _ in every)
    by_cell = [len(cell.extended) for cell in cells]
    return Look(
        number=1 + max([*by_experiment.values(), *by_cell], default=0),
        shares=max((cell.level_shares for cell in cells), default=1),
    )


def extensions(rows: Sequence[CellRow], runs: Sequence[SeedRun]) -> list[Extension]:
    """When seeds were added to a cell after a run of it had finished, oldest first.

    A seed that the cell had before is no addition, and neither is a run that failed or was cancelled: both leave the
    results as they are. What one post adds is one addition.

    Args:
        rows: The cell in each of its experiments.
        runs: The runs of all these rows.
    """
    finished = [run.ended_ms for run in runs if run.status is Status.FINISHED and run.ended_ms is not None]
    if not finished:
        return []
    experiments = {row.id: row.experiment for row in rows}
    first: dict[int, SeedRun] = {}
    for run in sorted(runs, key=lambda run: run.created_ms):
        if run.status not in NO_DATA:
            first.setdefault(run.seed, run)
    late = {(run.created_ms, experiments[run.cell_id]) for run in first.values() if run.created_ms > min(finished)}
    return [Extension(experiment, at_ms) for at_ms, experiment in sorted(late)]
