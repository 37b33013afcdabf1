"""The queue into which new runs would come: what the workers train now, and which runs are taken before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenkeel.grids.sharing import Device, device_kind
from evenkeel.lab.slots import Line, Slot
from evenkeel.lab.to_train import ToTrain
from evenkeel.records.timings import Waiting
from evenkeel.records.workers import Worker
from evenkeel.store import Store


@dataclass(frozen=True)
class Ahead:
    """What is ahead of new runs.

    Attributes:
        slots: those of the workers. A busy one names the line of its run; that of the new runs comes after `lines`.
        lines: the queued runs of other experiments that are not taken after the new ones.
        own: the queued runs of the experiment to which the new ones are added. They come first.
        served_ms: when a run of that experiment was last taken; 0 for none.
        queued: number of runs in `lines` and `own`.
        unmeasured: how many of them belong to experiments in which no epoch was measured.
    """

    slots: list[Slot]
    lines: list[Line]
    own: list[Mapping[Device, float]]
    served_ms: int
    queued: int
    unmeasured: int


def what_is_ahead(store: Store, runs: ToTrain, workers: Sequence[Worker], typical: float) -> Ahead:
    """What is ahead of these runs on these workers.

    Args:
        typical: the seconds of an epoch where none was measured.
    """
    waiting = store.timings.waiting()
    mine = runs.experiment.id if runs.experiment else None
    kinds = {device_kind(worker.device) for worker in workers}
    own = next((each for each in waiting if each.experiment_id == mine), None)
    others = [each for each in waiting if each.experiment_id != mine and _comes_before(each, runs, kinds)]
    lines = [Line(_runs(each, kinds, typical), each.priority, each.served_ms, each.max_running) for each in others]
    place = {each.experiment_id: line for line, each in enumerate(others)} | {mine: len(others)}
    counted = [*others, *([own] if own else [])]
    return Ahead(
        slots=[slot for worker in workers for slot in _slots(worker, waiting, place, typical)],
        lines=lines,
        own=_runs(own, kinds, typical) if own else [],
        served_ms=own.served_ms if own else 0,
        queued=sum(each.queued for each in counted),
        unmeasured=sum(each.queued for each in counted if each.epoch_seconds is None),
    )


def _comes_before(each: Waiting, runs: ToTrain, kinds: set[Device]) -> bool:
    """Whether runs of the experiment may be taken before the new ones. All of the new ones are taken before those of a
    lower priority."""
    return bool(each.queued) and each.priority >= runs.priority and (each.device is Device.ANY or each.device in kinds)


def _runs(each: Waiting, kinds: set[Device], typical: float) -> list[Mapping[Device, float]]:
    """Its queued runs. Each counts as long as their mean."""
    if not each.queued:
        return []
    seconds = each.queued_epochs / each.queued * (each.epoch_seconds or typical)
    return [{kind: seconds for kind in kinds if each.device in (Device.ANY, kind)}] * each.queued


def _slots(worker: Worker, waiting: Sequence[Waiting], place: Mapping[int | None, int], typical: float) -> list[Slot]:
    kind = device_kind(worker.device)
    busy = [
        Slot(kind, left * (each.epoch_seconds or typical), place.get(each.experiment_id))
        for each in waiting
        for name, left in each.running
        if name == worker.name
    ][: worker.slots]
    return busy + [Slot(kind)] * (worker.slots - len(busy))
