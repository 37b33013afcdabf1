"""From what the store has of cells to what a summary says of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

import numpy as np
from numpy.typing import NDArray

from evenkeel.analysis.facts import CellFacts, Curve, evidence_of
from evenkeel.grids.cell import Cell
from evenkeel.lab.progress import count_runs
from evenkeel.lab.records import CellRow, SeedRun
from evenkeel.lab.status import Status
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.stability.cells import CellRuns, CellStatistics, describe_cells
from evenkeel.stability.noise import Noise, split_variance, unpack_bits
from evenkeel.stability.values import numbers

# A run that failed or was cancelled says something of the machine, not of the training: it is counted, not averaged.
COUNTED = (Status.RUNNING, Status.FINISHED)


@dataclass(frozen=True)
class Gathered:
    """What the store has of a cell. rows: one for each experiment that has it. runs: of all of these."""

    cell: Cell
    rows: list[CellRow]
    runs: list[SeedRun]

    @cached_property
    def counted(self) -> list[SeedRun]:
        """The runs that stand in statistics, by seed."""
        return sorted((run for run in self.runs if run.status in COUNTED), key=lambda run: run.seed)


def work_out(
    cells: Sequence[Gathered],
    task: Task,
    metric: Metric,
    threshold: float | None,
    bits: Mapping[str, tuple[int, bytes]],
) -> list[CellFacts]:
    """Of each cell. bits: run -> (num_examples, which of them it has right); empty where no example counts."""
    runs = [_as_arrays(cell, metric.name, task.loss) for cell in cells]
    described = describe_cells(runs, metric.higher_is_better, metric.worst, threshold)
    return [
        _facts(cell, stats, _noise(cell.counted, bits), metric.name)
        for cell, stats in zip(cells, described, strict=True)
    ]


def _as_arrays(cell: Gathered, metric: str, loss: str | None) -> CellRuns:
    runs = cell.counted
    return CellRuns(
        seeds=[run.seed for run in runs],
        values=[_curve(run, metric) for run in runs],
        losses=[_curve(run, loss) for run in runs],
        ended=np.array([run.status is Status.FINISHED for run in runs], np.bool_),
        collapsed=np.array([run.outcome is Outcome.COLLAPSED for run in runs], np.bool_),
        diverged_epoch=np.array([np.nan if run.diverged_epoch is None else run.diverged_epoch for run in runs], float),
        num_epochs=cell.cell.num_epochs,
    )


def _facts(cell: Gathered, stats: CellStatistics, noise: Noise | None, metric: str) -> CellFacts:
    runs, counted = cell.runs, cell.counted
    times = Counter(run.seed for run in counted)
    experiments = {row.id: row.experiment for row in cell.rows}
    return CellFacts(
        hash=cell.rows[0].hash,
        levels=cell.cell.levels,
        experiments=sorted(set(experiments.values())),
        seeds=sorted({run.seed for run in runs}),
        dataset_hashes=sorted({run.dataset_hash for run in counted if run.dataset_hash}),
        repeated_seeds=sorted(seed for seed, n in times.items() if n > 1),
        num_runs=count_runs(Counter((run.status, run.outcome) for run in runs)),
        seconds_per_run=_seconds_per_run(runs),
        evidence=evidence_of(run.seed for run in counted if run.status is Status.FINISHED),
        **vars(stats),
        noise=noise,
        curves=[
            Curve(
                seed=run.seed,
                experiment=experiments[run.cell_id],
                outcome=run.outcome,
                diverged_epoch=run.diverged_epoch,
                values=numbers(_curve(run, metric)),
            )
            for run in counted
        ],
    )


def _noise(runs: Sequence[SeedRun], bits: Mapping[str, tuple[int, bytes]]) -> Noise | None:
    """Of a cell whose finished runs were validated on the same examples; None where they were not."""
    recorded = [bits[run.id] for run in runs if run.id in bits]
    sizes = {size for size, _ in recorded}
    if len(sizes) != 1 or len({run.dataset_hash for run in runs}) != 1:
        return None
    return split_variance(np.array([unpack_bits(packed, size) for size, packed in recorded]))


def _seconds_per_run(runs: Sequence[SeedRun]) -> float | None:
    whole = [
        float(np.sum(run.curves["epoch_seconds"]))
        for run in runs
        if run.status is Status.FINISHED and run.outcome is not Outcome.DIVERGED and "epoch_seconds" in run.curves
    ]
    return median(whole) if whole else None


def _curve(run: SeedRun, metric: str | None) -> NDArray[np.float64]:
    """Empty where the run has no such metric."""
    return _EMPTY if metric is None else run.curves.get(metric, _EMPTY)


_EMPTY = np.array([], np.float64)
