"""Whether runs could train now: which datasets are prepared on a worker, and which devices have a worker."""

from collections.abc import Iterator, Sequence

from evenkeel.grids.cell import Cell
from evenkeel.grids.expand import SpecError
from evenkeel.grids.sharing import Device, device_kind
from evenkeel.grids.spec import GridSpec
from evenkeel.plugins import Needs, Prepared, Task
from evenkeel.records.workers import STARTING, Worker

WORKER_SEEN_SECONDS = 60.0


def check_datasets(spec: GridSpec, cells: Sequence[Cell], prepared: Sequence[Prepared]) -> None:
    """Check that some worker has the dataset of each cell, at the cell's image size.

    Raises:
        SpecError: no worker has one of them. The message lists the datasets that are known, or gives the command that
            prepares this one.
    """
    for needed, problem in missing_datasets(cells, prepared):
        raise SpecError(f"{'grid' if needed.parameter in spec.levels else 'train'}.{needed.parameter}", problem)


def missing_datasets(cells: Sequence[Cell], prepared: Sequence[Prepared]) -> Iterator[tuple[Needs, str]]:
    """The datasets of the cells that no worker has, each with what is wrong and what would help."""
    there = {(dataset.name, dataset.image_size) for dataset in prepared}
    for needed in dict.fromkeys(cell.needs for cell in cells):
        if needed is None or (needed.dataset, needed.image_size) in there:
            continue
        name, size = needed.dataset, needed.image_size
        known = sorted({*needed.known, *(dataset.name for dataset in prepared)})
        if name not in known:
            yield needed, f"{name!r} is not known to any worker; allowed: {', '.join(known)}"
            continue
        sizes = sorted(size for known, size in there if known == name)
        have = f" (it is prepared at {', '.join(map(str, sizes))})" if sizes else ""
        command = f"evenkeel data prepare {name} --size {size}"
        yield needed, f"no worker has {name!r} prepared at {size} pixels{have}; on a worker, run: {command}"


def who_is_missing(
    task: Task, device: Device, workers: Sequence[Worker], plugins: frozenset[str] = frozenset()
) -> str | None:
    """Why runs of a task that are meant for `device` would wait: no worker seen lately could train them. None if one
    could. plugins: the packages that the runs need, such as 'lab-nets==0.1.0'."""
    if not workers:
        return "no worker was seen lately, so the runs wait; start one with evenkeel up or python -m trainer"
    able = [worker for worker in workers if worker.problem is None]
    if not able:
        return f"no worker can train now, so the runs wait; {workers[0].name} reports: {workers[0].problem}"
    able = [worker for worker in able if worker.tasks.get(task.name, 0) >= task.version]
    if not able:
        return f"no worker seen lately can train the task {task.name!r}, so the runs wait for one"
    able = [worker for worker in able if plugins <= set(worker.plugins)]
    if not able:
        return f"no worker seen lately that can train has {' and '.join(sorted(plugins))}, so the runs wait for one"
    kinds = {device_kind(worker.device) for worker in able if worker.device != STARTING}
    if device is not Device.ANY and kinds and device not in kinds:
        return f"no worker seen lately has the device {device!s}, so the runs wait for one"
    return None


def num_parameters(cell: Cell, prepared: Sequence[Prepared]) -> int | None:
    """The number of learnable parameters of a cell's network; None if its task cannot tell.

    Args:
        prepared: the datasets that workers have. The number may depend on the cell's dataset.
    """
    return cell.task.num_parameters(cell.parameters, _dataset_of(cell, prepared))


def work(cell: Cell, prepared: Sequence[Prepared]) -> int | None:
    """The multiply-adds of an epoch of a cell; None if its task cannot tell. prepared: as in `num_parameters`."""
    return cell.task.work(cell.parameters, _dataset_of(cell, prepared))


def _dataset_of(cell: Cell, prepared: Sequence[Prepared]) -> Prepared | None:
    needed = cell.needs
    return next((dataset for dataset in prepared if needed is not None and dataset.name == needed.dataset), None)
