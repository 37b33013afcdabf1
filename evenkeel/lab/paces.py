"""How long an epoch takes: measured in finished runs of the same shape.

The shape of a cell is its task and the levels that set how long an epoch takes (`Task.costs`). Runs are compared only
with runs that computed with as many threads on the same kind of device.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from typing import Any

from pydantic_core import to_jsonable_python

from evenkeel.grids.cell import Cell, UnreadableCell, read_cell
from evenkeel.grids.levels import canonical
from evenkeel.grids.sharing import Device
from evenkeel.plugins import Outcome, Task
from evenkeel.records.timings import Trained
from evenkeel.store import Store

NEWEST = 9  # finished runs of a shape that are asked
LATEST = 2_000  # runs of the lab among which other shapes are looked for
KINDS = (Device.CPU, Device.CUDA)

Shape = str
Levels = Mapping[str, Any]


@dataclass(frozen=True)
class Pace:
    """What finished runs of a shape took.

    Attributes:
        seconds: an epoch, as (lowest, median, highest) over the runs. Each run counts with its mean over its epochs but
            the first, which prepares much that the others use.
        start_seconds: what a run took beside its epochs, as the median: to load the data and to write checkpoints.
        runs: their ids.
    """

    seconds: tuple[float, float, float]
    start_seconds: float
    runs: frozenset[str]

    def of_run(self, num_epochs: int) -> tuple[float, float, float]:
        """The seconds of a whole run, as (lowest, likely, highest)."""
        low, likely, high = (self.start_seconds + seconds * num_epochs for seconds in self.seconds)
        return low, likely, high


def shape_of(cell: Cell) -> Shape:
    return canonical(levels_of(cell))


def levels_of(cell: Cell) -> Levels:
    """Its levels of the factors that set how long an epoch takes."""
    return _levels(cell.task, cell.levels)


def measure(store: Store, cells: Sequence[Cell], threads: int) -> dict[Device, dict[Shape, Pace]]:
    """kind of device -> shape -> what finished runs of it took, for the shapes of these cells that were measured.

    A run whose device is not known counts for every kind.

    Args:
        cells: of one task, at least one.
        threads: number of CPU threads that a run computes with.
    """
    task, shapes = cells[0].task, {shape_of(cell) for cell in cells}
    filters = {factor: _distinct(cell.levels[factor] for cell in cells) for factor in sorted(task.timed)}
    rows = store.curves.find_cells(None, filters, task)
    defaults = _defaults(task)
    of_cell = {row.id: shape for row in rows if (shape := canonical(_levels(task, defaults | row.levels))) in shapes}
    return _measured(store, store.timings.newest(of_cell, NEWEST), of_cell, threads)


def measure_latest(store: Store, task: Task, threads: int) -> dict[Device, list[tuple[Cell, Pace]]]:
    """kind of device -> a cell of each shape that the latest finished runs of a task have, and what these took. The
    shapes of the newest runs come first. Cells that cannot be read here are left out."""
    cells, trained = dict[int, Cell](), list[Trained]()
    for run, levels in store.timings.latest(task.name, LATEST):
        with suppress(UnreadableCell):
            cells[run.cell_id] = cells.get(run.cell_id) or read_cell(task.name, levels)
            trained.append(run)
    of_cell = {cell_id: shape_of(cell) for cell_id, cell in cells.items()}
    of_shape = {shape: cells[cell_id] for cell_id, shape in of_cell.items()}
    found = _measured(store, trained, of_cell, threads)
    return {kind: [(of_shape[shape], pace) for shape, pace in paces.items()] for kind, paces in found.items()}


def _measured(
    store: Store, runs: Iterable[Trained], of_cell: Mapping[int, Shape], threads: int
) -> dict[Device, dict[Shape, Pace]]:
    """kind of device -> shape -> its pace, by the newest of these runs. of_cell: cell id -> shape."""
    trained = [run for run in runs if run.threads == threads]
    chosen = {kind: _newest(trained, of_cell, kind) for kind in KINDS}
    ids = {run.run_id for runs in chosen.values() for some in runs.values() for run in some}
    seconds = {run_id: each.tolist() for run_id, each in store.timings.epoch_seconds(sorted(ids)).items()}
    return {
        kind: {shape: pace for shape, some in runs.items() if (pace := _pace(some, seconds)) is not None}
        for kind, runs in chosen.items()
    }


def _newest(trained: Iterable[Trained], of_cell: Mapping[int, Shape], kind: Device) -> dict[Shape, list[Trained]]:
    found: dict[Shape, list[Trained]] = {}
    for run in sorted(trained, key=lambda run: -run.ended_ms):
        some = found.setdefault(of_cell[run.cell_id], [])
        if run.device in (None, kind) and len(some) < NEWEST:
            some.append(run)
    return found


def _pace(runs: Sequence[Trained], seconds: Mapping[str, list[float]]) -> Pace | None:
    paces = {run.run_id: _mean(each[1:] or each) for run in runs if (each := seconds.get(run.run_id))}
    if not paces:
        return None
    # A run that diverged also took the time of an epoch that was not recorded.
    starts = [
        max(0.0, run.took_seconds - paces[run.run_id] * len(seconds[run.run_id]))
        for run in runs
        if run.run_id in paces and run.took_seconds is not None and run.outcome is not Outcome.DIVERGED
    ]
    each = sorted(paces.values())
    return Pace((each[0], median(each), each[-1]), median(starts) if starts else 0.0, frozenset(paces))


def _levels(task: Task, levels: Levels) -> Levels:
    return {factor: levels.get(factor) for factor in task.timed}


def _defaults(task: Task) -> dict[str, Any]:
    fields = task.parameters.model_fields.items()
    return {
        name: to_jsonable_python(info.get_default(call_default_factory=True))
        for name, info in fields
        if not info.is_required()
    }


def _distinct(levels: Iterable[Any]) -> list[Any]:
    return list({canonical(level): level for level in levels}.values())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
