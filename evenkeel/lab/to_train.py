"""The new runs of an experiment, and the workers that could train them now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from evenkeel.grids.cell import Cell
from evenkeel.grids.sharing import Device, Sharing, device_kind
from evenkeel.records.availability import WORKER_SEEN_SECONDS, who_is_missing
from evenkeel.records.rows import Experiment
from evenkeel.records.workers import Worker
from evenkeel.store import Store


@dataclass(frozen=True)
class ToTrain:
    """Runs to come, all of one experiment and of one task.

    Attributes:
        sharing: what is asked of how they share the workers.
        cells: the cell of each run, in the order in which the runs are taken. There is at least one.
        packages: the packages that a cell needs, by its hash: 'lab-nets==0.1.0,own-norms==2.0'.
        experiment: what they are added to; None for a new one.
        by_rule: how many runs more a rule for seeds may add.
    """

    sharing: Sharing
    cells: Sequence[Cell]
    packages: Mapping[str, str]
    experiment: Experiment | None
    by_rule: int = 0

    @cached_property
    def distinct(self) -> list[Cell]:
        """Each cell once."""
        return list({cell.hash: cell for cell in self.cells}.values())

    @property
    def device(self) -> Device:
        return self.sharing.device or (self.experiment.device if self.experiment else Device.ANY)

    @property
    def threads(self) -> int:
        return self.sharing.threads or (self.experiment.threads if self.experiment else 1)

    @property
    def priority(self) -> int:
        if self.sharing.priority is not None:
            return self.sharing.priority
        return self.experiment.priority if self.experiment else 0

    @property
    def max_running(self) -> int | None:
        """The largest number of them that train at once; None for no limit."""
        if self.sharing.max_running is not None:
            return self.sharing.max_running or None
        return self.experiment.max_running if self.experiment else None


@dataclass(frozen=True)
class Able:
    """The workers that can train all of the runs now. `missing` says why there is none, if there is none."""

    workers: list[Worker]
    missing: str | None

    @property
    def kinds(self) -> list[Device]:
        return sorted({device_kind(worker.device) for worker in self.workers})


def who_can_train(store: Store, runs: ToTrain) -> Able:
    """The workers that can train all of the runs now."""
    task, seen = runs.cells[0].task, store.workers.seen(WORKER_SEEN_SECONDS)
    packages = frozenset(filter(None, (name for text in runs.packages.values() for name in text.split(","))))
    needed = {(cell.needs.dataset, cell.needs.image_size) for cell in runs.distinct if cell.needs is not None}
    prepared = store.workers.prepared_on(WORKER_SEEN_SECONDS) if needed else {}
    able = [
        worker
        for worker in seen
        if worker.ready
        and who_is_missing(task, runs.device, [worker], packages) is None
        and needed <= prepared.get(worker.name, set())
    ]
    if runs.experiment is not None and runs.experiment.paused:
        return Able(able, "the experiment is paused, so they wait")
    if able:
        return Able(able, None)
    starting = any(not worker.ready and worker.problem is None for worker in seen)
    otherwise = "the workers still start" if starting else "no worker seen lately has all that they need"
    return Able([], who_is_missing(task, runs.device, seen, packages) or otherwise)
