"""The runs of a frame, as the lab keeps its own: every statistic of the lab can be computed from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evenkeel.analysis.gathering import Gathered, work_out
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.cell import make_cell
from evenkeel.grids.levels import in_order, show
from evenkeel.plugins import Metric, Task
from evenkeel.printable import printable
from evenkeel.records.rows import CellRow, SeedRun
from evenkeel.records.status import Status
from evenkeel.stability.rows import Run


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of a frame, as `runs` makes them. `summary`, `effects`, `compare` and `report` answer from them.

    Attributes:
        task: The declaration of the factors and of the metric.
        name: What reports call these runs.
        gathered: The cells, each with its runs.

    Example:
        >>> from evenkeel import stability
        >>> names = ["adam", "adam", "sgd", "sgd"]
        >>> frame = {"optimizer": names, "seed": [0, 1, 0, 1], "accuracy": [0.9, 0.8, 0.7, 0.2]}
        >>> runs = stability.runs(frame, metric="accuracy", better="higher")
        >>> runs.factors
        {'optimizer': ['adam', 'sgd']}
        >>> print(runs)
        4 runs in 2 cells of accuracy, where higher is better. Factors: optimizer (adam, sgd).
    """

    task: Task
    name: str
    gathered: Sequence[Gathered]

    @property
    def metric(self) -> Metric:
        """What was measured, and which way is better."""
        return self.task.metrics[0]

    @property
    def factors(self) -> dict[str, list[Any]]:
        """factor -> its levels, in their order."""
        return {
            factor: in_order(self.task, factor, (each.cell.levels[factor] for each in self.gathered))
            for factor in self.task.factors
        }

    @cached_property
    def cells(self) -> list[CellSummary]:
        """What a summary says of each cell, in the order of their levels."""
        return self.summarise(None)

    def summarise(self, threshold: float | None) -> list[CellSummary]:
        """The cells. threshold: a value of the metric; each cell then says when its runs reach it."""
        facts = work_out(self.gathered, self.task, self.metric, threshold, {})
        cells = [each.cell for each in self.gathered]
        ranked = sorted(zip(cells, facts, strict=True), key=lambda pair: pair[0].rank)
        return [CellSummary.of(cell.name, found) for cell, found in ranked]

    def __str__(self) -> str:
        factors = "; ".join(f"{name} ({', '.join(map(show, levels))})" for name, levels in self.factors.items())
        num_runs = sum(len(each.runs) for each in self.gathered)
        return printable(
            f"{num_runs} runs in {len(self.gathered)} cells of {self.metric.name}, where {self.metric.better} is "
            f"better. Factors: {factors}."
        )

    __repr__ = __str__


def gather(task: Task, name: str, index: int, levels: dict[str, Any], runs: Sequence[Run]) -> Gathered:
    """A cell with its runs, as the lab keeps them."""
    cell = make_cell(task, levels)
    return Gathered(
        cell,
        [CellRow(index, name, cell.hash, task.name, cell.stored_levels)],
        [
            SeedRun(
                id=f"{index}-{run.seed}",
                cell_id=index,
                seed=run.seed,
                status=Status.RUNNING if run.outcome is None else Status.FINISHED,
                outcome=run.outcome,
                diverged_epoch=run.diverged_epoch,
                dataset_hash=None,
                created_ms=0,
                ended_ms=None if run.outcome is None else 0,
                curves={task.default_metric: run.values},
            )
            for run in runs
        ],
    )
