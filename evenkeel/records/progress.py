"""How far an experiment is, and how long it will still take."""

from collections.abc import Mapping, Sequence

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Tally
from evenkeel.records.status import Status
from evenkeel.result import about, result


@result
class RunCounts:
    total: int = about("Number of runs.")
    status: dict[Status, int] = about("Number of runs with each status.")
    outcome: dict[Outcome, int] = about("Number of finished runs with each outcome, which says how the training ended.")


def count_runs(counts: Mapping[tuple[Status, Outcome | None], int]) -> RunCounts:
    """The counts by status and by outcome. Every status and every outcome is named, even if it has no run."""
    return RunCounts(
        total=sum(counts.values()),
        status={status: sum(n for (s, _), n in counts.items() if s is status) for status in Status},
        outcome={outcome: sum(n for (_, o), n in counts.items() if o is outcome) for outcome in Outcome},
    )


def count_tallies(tallies: Sequence[Tally]) -> RunCounts:
    """The counts of the runs of an experiment."""
    counts: dict[tuple[Status, Outcome | None], int] = {}
    for tally in tallies:
        key = tally.status, tally.outcome
        counts[key] = counts.get(key, 0) + tally.runs
    return count_runs(counts)


def epochs_done(tallies: Sequence[Tally]) -> tuple[int, int]:
    """(epochs done, epochs in all). A finished run counts with all its epochs, even if it diverged early."""
    done = sum(t.runs * t.epochs if t.status is Status.FINISHED else t.num_epochs for t in tallies)
    return done, sum(t.runs * t.epochs for t in tallies)


def moved(tallies: Sequence[Tally]) -> int:
    """When a run of them last moved, in ms since 1970; 0 without runs."""
    return max((tally.moved_ms for tally in tallies), default=0)


def remaining_seconds(tallies: Sequence[Tally]) -> float | None:
    """The seconds that the queued, paused and running runs are expected to take, from the time at which none is paused.

    This is the number of epochs still to train times the seconds that an epoch takes, divided by the number of runs
    that train at the same time now. A cell that has no epoch yet gets the mean of the other cells' seconds per epoch.

    Returns:
        0 if no run is queued, paused or running; None if no epoch was measured yet.
    """
    left = [tally for tally in tallies if tally.status in (Status.QUEUED, Status.RUNNING, Status.PAUSED)]
    if not left:
        return 0.0
    paces = _paces(tallies)
    if not paces:
        return None
    typical = sum(paces.values()) / len(paces)
    side_by_side = max(1, sum(tally.runs for tally in left if tally.status is Status.RUNNING))
    work = sum(
        (tally.runs * tally.epochs - tally.num_epochs * (tally.status is not Status.QUEUED))
        * paces.get(tally.cell_id, typical)
        for tally in left
    )
    return work / side_by_side


def _paces(tallies: Sequence[Tally]) -> dict[int, float]:
    """cell id -> mean number of seconds that its epochs took so far."""
    spent: dict[int, tuple[float, int]] = {}
    for tally in tallies:
        if tally.status in (Status.RUNNING, Status.FINISHED) and tally.num_epochs:
            seconds, epochs = spent.get(tally.cell_id, (0.0, 0))
            spent[tally.cell_id] = seconds + tally.seconds, epochs + tally.num_epochs
    return {cell_id: seconds / epochs for cell_id, (seconds, epochs) in spent.items()}
