"""What could train now: the datasets that are bundled or prepared on a worker, and workers for each device."""

from collections.abc import Sequence

from lab.cell import Cell
from lab.datasets import BUNDLED, Dataset, Prepared
from lab.records import Worker
from lab.sharing import Device, device_kind
from lab.spec import GridSpec, SpecError

WORKER_SEEN_SECONDS = 60.0
# A worker's device until its first slot is ready.
STARTING = "starting"


def check_datasets(spec: GridSpec, cells: Sequence[Cell], prepared: Sequence[Prepared]) -> None:
    """Raises SpecError, with the command that would help, for a dataset that no worker has at a cell's size."""
    there = {(dataset.name, dataset.image_size) for dataset in prepared}
    for name, size in dict.fromkeys((cell.dataset, cell.image_size) for cell in cells):
        if name in BUNDLED or (name, size) in there:
            continue
        field = "grid.dataset" if "dataset" in spec.levels else "train.dataset"
        known = sorted({*Dataset, *(dataset.name for dataset in prepared)})
        if name not in known:
            raise SpecError(field, f"{name!r} is not known to any worker; allowed: {', '.join(known)}")
        sizes = sorted(size for known, size in there if known == name)
        have = f" (they have it at {', '.join(map(str, sizes))})" if sizes else ""
        command = f"evenkeel data prepare {name} --size {size}"
        raise SpecError(field, f"no worker has {name!r} prepared at {size} pixels{have}; on a worker, run: {command}")


def who_is_missing(device: Device, workers: Sequence[Worker]) -> str | None:
    """What keeps runs that are meant for `device` waiting: no worker that could train them was seen lately."""
    if not workers:
        return "no worker was seen lately: the runs wait for one (evenkeel up, or python -m trainer)"
    able = [worker for worker in workers if worker.problem is None]
    if not able:
        return f"no worker can train now: the runs wait; {workers[0].name} says: {workers[0].problem}"
    kinds = {device_kind(worker.device) for worker in able if worker.device != STARTING}
    if device is not Device.ANY and kinds and device not in kinds:
        return f"no worker seen lately has the device {device!s}: the runs wait for one"
    return None


def num_classes_of(cell: Cell, prepared: Sequence[Prepared]) -> int:
    """Of a cell whose dataset is there."""
    if cell.dataset == Dataset.DIGITS:
        return 10
    if cell.dataset == Dataset.SYNTHETIC:
        return cell.synthetic_classes
    return next(dataset.num_classes for dataset in prepared if dataset.name == cell.dataset)
