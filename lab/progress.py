"""How far an experiment is, and when it will be done."""

from collections.abc import Sequence

from lab.records import Epoch, Run
from lab.status import Status


def remaining_seconds(runs: Sequence[Run], epochs: dict[str, list[Epoch]]) -> float | None:
    """Epochs still to train times what an epoch took, over the runs training side by side now.

    A cell's own epochs set its pace; a cell that has none yet takes the mean of the others. None before any epoch was
    measured, 0 when nothing is left.
    """
    left = [run for run in runs if run.status in (Status.QUEUED, Status.RUNNING)]
    if not left:
        return 0.0
    paces: dict[int, list[float]] = {}
    for run in runs:
        paces.setdefault(run.cell_id, []).extend(epoch.epoch_seconds for epoch in epochs.get(run.id, []))
    means = {cell_id: sum(seconds) / len(seconds) for cell_id, seconds in paces.items() if seconds}
    if not means:
        return None
    typical = sum(means.values()) / len(means)
    side_by_side = max(1, sum(run.status is Status.RUNNING for run in left))
    work = sum(
        (run.cell.epochs - run.num_epochs * (run.status is Status.RUNNING)) * means.get(run.cell_id, typical)
        for run in left
    )
    return work / side_by_side
