"""How far an experiment is, and when it will be done."""

from collections.abc import Mapping, Sequence

from evenkeel.lab.records import Tally
from evenkeel.lab.status import Status
from evenkeel.plugins import Outcome
from evenkeel.result import about, result


@result
class RunCounts:
    total: int = about("Runs in all.")
    status: dict[Status, int] = about("Runs by where they stand.")
    outcome: dict[Outcome, int] = about("Finished runs by how their training came out.")


def count_runs(counts: Mapping[tuple[Status, Outcome | None], int]) -> RunCounts:
    """Every status and every outcome is named, also where it has no run."""
    return RunCounts(
        total=sum(counts.values()),
        status={status: sum(n for (s, _), n in counts.items() if s is status) for status in Status},
        outcome={outcome: sum(n for (_, o), n in counts.items() if o is outcome) for outcome in Outcome},
    )


def count_tallies(tallies: Sequence[Tally]) -> RunCounts:
    """The runs of an experiment."""
    counts: dict[tuple[Status, Outcome | None], int] = {}
    for tally in tallies:
        key = tally.status, tally.outcome
        counts[key] = counts.get(key, 0) + tally.runs
    return count_runs(counts)


def epochs_done(tallies: Sequence[Tally]) -> tuple[int, int]:
    """(trained, in all): a finished run is done, however early it diverged."""
    done = sum(t.runs * t.epochs if t.status is Status.FINISHED else t.num_epochs for t in tallies)
    return done, sum(t.runs * t.epochs for t in tallies)


def remaining_seconds(tallies: Sequence[Tally]) -> float | None:
    """Epochs still to train times what an epoch took, over the runs training side by side now.

    A cell without an epoch so far takes the mean of the others' paces. None before any epoch was measured, 0 when
    nothing is left.
    """
    left = [tally for tally in tallies if tally.status in (Status.QUEUED, Status.RUNNING)]
    if not left:
        return 0.0
    paces = _paces(tallies)
    if not paces:
        return None
    typical = sum(paces.values()) / len(paces)
    side_by_side = max(1, sum(tally.runs for tally in left if tally.status is Status.RUNNING))
    work = sum(
        (tally.runs * tally.epochs - tally.num_epochs * (tally.status is Status.RUNNING))
        * paces.get(tally.cell_id, typical)
        for tally in left
    )
    return work / side_by_side


def _paces(tallies: Sequence[Tally]) -> dict[int, float]:
    """cell id -> mean seconds of its epochs so far."""
    spent: dict[int, tuple[float, int]] = {}
    for tally in tallies:
        if tally.status in (Status.RUNNING, Status.FINISHED) and tally.num_epochs:
            seconds, epochs = spent.get(tally.cell_id, (0.0, 0))
            spent[tally.cell_id] = seconds + tally.seconds, epochs + tally.num_epochs
    return {cell_id: seconds / epochs for cell_id, (seconds, epochs) in spent.items()}
