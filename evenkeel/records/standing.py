"""Says in a sentence how far a run is, or how it ended, and how long it still takes."""

from collections.abc import Sequence
from statistics import fmean

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch, Run
from evenkeel.records.status import Status

ENDED = {
    Outcome.CONVERGED: "It trained to its end.",
    Outcome.COLLAPSED: "It collapsed: it ended no better than a constant predictor. This is a result, so it counts.",
    Outcome.DIVERGED: "It diverged: a loss or a weight was no longer finite, or the loss ended far above its start. "
    "This is a result, so it counts.",
}


def standing_says(run: Run) -> str:
    """How far the run is, or how it ended."""
    again = " The attempt before ended badly." if run.error else ""
    done = f"{run.num_epochs:,} of {run.epochs:,} epochs"
    match run.status:
        case Status.QUEUED:
            return f"It waits for a worker.{again}"
        case Status.RUNNING:
            return f"It trains on {run.worker}, and has {done}."
        case Status.PAUSED:
            return f"It is paused, and goes on when its experiment is resumed. It has {done}."
        case Status.CANCELLED:
            return f"It was cancelled after {done}. It counts in no statistic until it is queued again."
        case Status.FAILED:
            return f"It failed after {done}. The machine or the code is at fault, so it counts in no statistic."
    if run.outcome is None:
        return "It has finished."
    if run.outcome is Outcome.DIVERGED and run.diverged_epoch is not None:
        return ENDED[run.outcome].replace("diverged:", f"diverged in epoch {run.diverged_epoch:,}:")
    return ENDED[run.outcome]


def seconds_left(run: Run, epochs: Sequence[Epoch]) -> float | None:
    """The seconds that a run in training still takes, at the mean pace of its epochs so far.

    Returns:
        None if it does not train, or has no epoch yet.
    """
    known = [epoch.epoch_seconds for epoch in epochs if epoch.epoch_seconds == epoch.epoch_seconds]
    if run.status is not Status.RUNNING or not known:
        return None
    return max(0, run.epochs - run.num_epochs) * fmean(known)
