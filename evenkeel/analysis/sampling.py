"""What is known of cells without statistics over their seeds. It takes a tenth of the time of the statistics."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from evenkeel.analysis.facts import CellSample, SeedCurve
from evenkeel.analysis.gathering import Gathered, as_arrays, curve_of, origin_of
from evenkeel.grids.levels import cell_name
from evenkeel.plugins import Metric
from evenkeel.statistics.cells import CellRuns
from evenkeel.statistics.curves import stack_curves
from evenkeel.statistics.divergence import Divergence, count_bad


def sample_cells(cells: Sequence[Gathered], metric: Metric) -> list[CellSample]:
    """The cells with their runs, in the order of `cells`."""
    runs = [as_arrays(cell, metric.name, None) for cell in cells]
    return [
        CellSample(
            **vars(origin_of(cell)),
            cell=cell_name(cell.cell.task, cell.cell.levels, cell.rows[0].hash),
            divergence=bad,
            whole_epochs=_whole_epochs(own),
            curves=_seed_curves(cell, metric.name),
        )
        for cell, own, bad in zip(cells, runs, _divergences(runs), strict=True)
    ]


def _seed_curves(cell: Gathered, metric: str) -> list[SeedCurve]:
    counted, values = {run.id for run in cell.counted}, [curve_of(run, metric) for run in cell.shown]
    table = stack_curves(values)
    table[~np.isfinite(table)] = np.nan
    return [
        SeedCurve(run.seed, run.id in counted, run.outcome, row[: len(its)])
        for run, row, its in zip(cell.shown, table, values, strict=True)
    ]


def _divergences(cells: Sequence[CellRuns]) -> list[Divergence]:
    by_size: dict[int, list[int]] = defaultdict(list)
    for index, cell in enumerate(cells):
        by_size[len(cell.seeds)].append(index)
    found: dict[int, Divergence] = {}
    for indices in by_size.values():
        group = [cells[index] for index in indices]
        counted = count_bad(
            np.stack([cell.ended for cell in group]),
            np.stack([cell.collapsed for cell in group]),
            np.stack([cell.diverged_epoch for cell in group]),
            np.array([cell.queued for cell in group]),
        )
        found |= dict(zip(indices, counted, strict=True))
    return [found[index] for index in range(len(cells))]


def _whole_epochs(cell: CellRuns) -> int:
    """See `CellSample.whole_epochs`. A diverged run has not trained to its end."""
    num_epochs, last = cell.shape[1], cell.num_epochs - 1
    if not 0 <= last < num_epochs:
        return 0
    survived = cell.ended & np.isnan(cell.diverged_epoch)
    runs = zip(cell.carried, survived.tolist(), strict=True)
    whole = any(counts and len(values) > last and not np.isnan(values[last]) for values, counts in runs)
    return num_epochs if whole else 0
