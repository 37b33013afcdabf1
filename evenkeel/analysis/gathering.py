"""Computes what a summary says about cells from their stored runs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

import numpy as np
from numpy.typing import NDArray

from evenkeel.analysis.facts import CellFacts, CellOrigin, Curve, SameCell, evidence_in
from evenkeel.analysis.looks import extensions
from evenkeel.grids.cell import Cell
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.records.imports import is_imported
from evenkeel.records.progress import count_runs
from evenkeel.records.rows import CellRow, SeedRun
from evenkeel.records.status import Status
from evenkeel.statistics.cells import CellRuns, CellStatistics, describe_cells
from evenkeel.statistics.noise import Noise, split_variance, unpack_bits
from evenkeel.statistics.values import numbers

# A failed or cancelled run says something about the machine, not about the training, so no average includes it.
COUNTED = (Status.RUNNING, Status.FINISHED)


@dataclass(frozen=True)
class Gathered:
    """A cell and its stored runs.

    Attributes:
        rows: One row for each experiment that contains the cell, or one that trains to the same bits. The first row is
            of the cell itself.
        runs: The runs of all these rows.
        same: The cells that differ from this one only in parameters that they ignore.
    """

    cell: Cell
    rows: list[CellRow]
    runs: list[SeedRun]
    same: list[SameCell] = field(default_factory=list)

    @cached_property
    def shown(self) -> list[SeedRun]:
        """The runs whose curves are shown, sorted by seed. Of the runs of a seed, the one that counts comes first."""
        return shown_runs(self.runs)

    @cached_property
    def counted(self) -> list[SeedRun]:
        """The runs that the statistics include, sorted by seed: one for each seed."""
        return one_run_a_seed(self.shown)

    @property
    def queued(self) -> int:
        """How many further seeds have no result: their run has yet to start, is paused, or was cancelled while it
        trained.

        Whoever cancels an experiment does so after the runs that diverged have ended, and before the others have. A
        cell to which a rule may still add seeds has at least one, so that nothing is claimed of it before the rule has
        stopped.
        """
        waiting = {run.seed for run in self.runs if run.status in (Status.QUEUED, Status.PAUSED)}
        stopped = {run.seed for run in self.runs if run.status is Status.CANCELLED and run.started}
        further = (waiting | stopped) - {run.seed for run in self.shown}
        return len(further) or int(any(row.growing for row in self.rows))


def shown_runs(runs: Iterable[SeedRun]) -> list[SeedRun]:
    """The runs of a cell that train or have finished, sorted by seed. Of the runs of a seed, the one that counts comes
    first.

    That is a finished run before one that still trains, and then the run of the cell that was posted first. This rule
    looks at no result, so it cannot favour one.
    """
    shown = [run for run in runs if run.status in COUNTED]
    return sorted(shown, key=lambda run: (run.seed, run.status is not Status.FINISHED, run.cell_id))


def one_run_a_seed(shown: Iterable[SeedRun]) -> list[SeedRun]:
    """The first run of each seed. A second run of a cell and seed repeats the first, so it tells nothing new."""
    first: dict[int, SeedRun] = {}
    for run in shown:
        first.setdefault(run.seed, run)
    return list(first.values())


def work_out(
    cells: Sequence[Gathered],
    task: Task,
    metric: Metric,
    threshold: float | None,
    bits: Mapping[str, tuple[int, bytes]],
) -> list[CellFacts]:
    """Compute the facts about each cell.

    Args:
        threshold: A value of the metric. The facts then say when the runs reach it.
        bits: Id of a run -> (num_examples, packed bits that say which examples the run has right). It is empty if the
            metric is not measured for each example.
    """
    runs = [as_arrays(cell, metric.name, task.loss) for cell in cells]
    described = describe_cells(runs, metric.higher_is_better, metric.worst, threshold, metric.unit == "share")
    return [
        _facts(cell, stats, _noise(cell.counted, bits), metric.name)
        for cell, stats in zip(cells, described, strict=True)
    ]


def as_arrays(cell: Gathered, metric: str, loss: str | None) -> CellRuns:
    """The runs that count, as the statistics take them."""
    runs = cell.counted
    return CellRuns(
        seeds=[run.seed for run in runs],
        values=[curve_of(run, metric) for run in runs],
        losses=[curve_of(run, loss) for run in runs],
        ended=np.array([run.status is Status.FINISHED for run in runs], np.bool_),
        collapsed=np.array([run.outcome is Outcome.COLLAPSED for run in runs], np.bool_),
        diverged_epoch=np.array([np.nan if run.diverged_epoch is None else run.diverged_epoch for run in runs], float),
        num_epochs=cell.cell.num_epochs,
        queued=cell.queued,
    )


def _facts(cell: Gathered, stats: CellStatistics, noise: Noise | None, metric: str) -> CellFacts:
    return CellFacts(**vars(origin_of(cell)), **vars(stats), noise=noise, curves=curves_of(cell, metric))


def origin_of(cell: Gathered) -> CellOrigin:
    """Where the cell comes from, and how its seeds ended."""
    runs, shown = cell.runs, cell.shown
    times = Counter(run.seed for run in shown)
    return CellOrigin(
        hash=cell.rows[0].hash,
        levels=cell.cell.levels,
        same_cells=cell.same,
        experiments=sorted({row.experiment for row in cell.rows}),
        seeds=sorted({run.seed for run in runs}),
        dataset_hashes=sorted({run.dataset_hash for run in shown if run.dataset_hash}),
        arithmetics=sorted({run.arithmetic for run in shown if run.arithmetic}),
        repeated_seeds=sorted(seed for seed, n in times.items() if n > 1),
        num_runs=count_runs(Counter((run.status, run.outcome) for run in runs)),
        seconds_per_run=_seconds_per_run(runs, cell.cell.num_epochs),
        evidence=evidence_in(runs, is_imported(cell.cell.task.name), any(row.growing for row in cell.rows)),
        extended=extensions(cell.rows, runs),
        level_shares=max(row.level_shares for row in cell.rows),
    )


def curves_of(cell: Gathered, metric: str) -> list[Curve]:
    """The curve of each run that is shown."""
    counted = {run.id for run in cell.counted}
    experiments = {row.id: row.experiment for row in cell.rows}
    return [
        Curve(
            seed=run.seed,
            experiment=experiments[run.cell_id],
            counted=run.id in counted,
            outcome=run.outcome,
            diverged_epoch=run.diverged_epoch,
            values=numbers(curve_of(run, metric)),
        )
        for run in cell.shown
    ]


def _noise(runs: Sequence[SeedRun], bits: Mapping[str, tuple[int, bytes]]) -> Noise | None:
    """Split the variance of a cell. None if its finished runs were not validated on the same examples."""
    recorded = [bits[run.id] for run in runs if run.id in bits]
    sizes = {size for size, _ in recorded}
    if len(sizes) != 1 or len({run.dataset_hash for run in runs}) != 1:
        return None
    return split_variance(np.array([unpack_bits(packed, size) for size, packed in recorded]))


def _seconds_per_run(runs: Sequence[SeedRun], num_epochs: int) -> float | None:
    """The median time of the runs that trained in every epoch. Runs that were ended early took less."""
    times = [run.curves.get("epoch_seconds", _EMPTY) for run in runs if run.status is Status.FINISHED]
    whole = [seconds for seconds in times if len(seconds) >= num_epochs]
    if not whole:
        return None
    alike = len({len(seconds) for seconds in whole}) == 1
    # At once, the sums of a large study take a tenth of the time.
    sums: list[float] = np.array(whole).sum(axis=1).tolist() if alike else [float(seconds.sum()) for seconds in whole]
    return median(sums)


def curve_of(run: SeedRun, metric: str | None) -> NDArray[np.float64]:
    """The values of the metric at each epoch; empty if the run has no such metric."""
    return _EMPTY if metric is None else run.curves.get(metric, _EMPTY)


_EMPTY = np.array([], np.float64)
