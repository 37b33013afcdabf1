"""How far an experiment is, and when it will be done."""

from collections.abc import Mapping, Sequence

from lab.records import Run
from lab.status import Status


def remaining_seconds(runs: Sequence[Run], paces: Mapping[int, float]) -> float | None:
    """Epochs still to train times what an epoch took, over the runs training side by side now.

    paces: cell id -> mean seconds of its epochs so far; a cell that has none yet takes the mean of the others. None
    before any epoch was measured, 0 when nothing is left.
    """
    left = [run for run in runs if run.status in (Status.QUEUED, Status.RUNNING)]
    if not left:
        return 0.0
    if not paces:
        return None
    typical = sum(paces.values()) / len(paces)
    side_by_side = max(1, sum(run.status is Status.RUNNING for run in left))
    work = sum(
        (run.cell.epochs - run.num_epochs * (run.status is Status.RUNNING)) * paces.get(run.cell_id, typical)
        for run in left
    )
    return work / side_by_side
