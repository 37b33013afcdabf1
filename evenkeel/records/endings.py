"""How an attempt to train a run ends, and what then becomes of the run. What every ending means is data: `ENDINGS`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from evenkeel.plugins import Outcome
from evenkeel.records.status import Status

# Characters of an error that an event or a mark tells. The attempt has all of it.
MAX_TOLD = 200


def in_a_line(error: str | None) -> str:
    """The first line of an error, or its beginning; '' without an error."""
    first, *_ = (error or "").splitlines() or [""]
    return first[:MAX_TOLD]


class Reason(StrEnum):
    """Why an attempt ended."""

    FINISHED = "finished"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    STOPPED = "stopped"
    LOST = "lost"
    DIED = "died"
    OUT_OF_MEMORY = "out_of_memory"
    DISK_FULL = "disk_full"
    DEADLINE = "deadline"
    SILENT = "silent"
    ERROR = "error"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Ending:
    """What an ending means for the run.

    Attributes:
        retries: how often in a row the run is queued again after it; None for no limit of its own.
        counted: whether it counts as a crash. Too many of these without a new checkpoint in between fail the run.
        says: what a person reads; `{error}` stands for what was reported. '' if the reason says it all.
        helps: what a person can do about it if the run failed; '' if it cannot fail a run.
        log_shows: what the log tells about it, if the run printed anything.
        recurs: whether the run would fail in the same way again if nothing is changed first.
    """

    retries: int | None
    counted: bool
    says: str
    helps: str = ""
    log_shows: str = ""
    recurs: bool = False


ENDINGS = {
    Reason.FINISHED: Ending(0, False, ""),
    Reason.CANCELLED: Ending(0, False, ""),
    Reason.PAUSED: Ending(None, False, ""),
    # Its worker was shut down, and gave it back.
    Reason.STOPPED: Ending(None, False, ""),
    Reason.LOST: Ending(
        None, True, "{error}", "See why its worker went away: a machine that restarts, or one without memory left. "
        "Then retry the run. It goes on from its last checkpoint.",
    ),
    Reason.DIED: Ending(
        None, True, "{error}", "A process that was killed often ran out of memory: use fewer slots or a smaller batch. "
        "Then retry the run. It goes on from its last checkpoint.",
    ),
    Reason.OUT_OF_MEMORY: Ending(
        1, True, "out of memory: {error}; use a smaller batch, or fewer slots on the device",
        "Give the worker fewer slots, or let no other program use the device. Then retry the run. A smaller batch or "
        "network is another cell: post it as one.",
    ),
    Reason.DISK_FULL: Ending(None, False, "the disk of the checkpoints is full: {error}; free some space there"),
    Reason.DEADLINE: Ending(
        0, True, "{error}", "Raise EVENKEEL_RUN_DEADLINE_SECONDS on the worker, and retry the run. It goes on from its "
        "last checkpoint.",
    ),
    Reason.SILENT: Ending(
        0, True, "{error}", "If an epoch may take so long, raise EVENKEEL_SILENT_MINUTES on the worker. Then retry the "
        "run.", "Otherwise find out why it hangs: the last lines of its log show how far it came.",
    ),
    # The same error would come again: the training depends on nothing but the run's cell and seed.
    Reason.ERROR: Ending(
        0, True, "{error}", "The same error would come again. Correct the code of the task or the levels of the cell "
        "first.", "The last lines of its log show where it happened.", recurs=True,
    ),
    Reason.UNREADABLE: Ending(
        0, True, "this version cannot read the run's cell: {error}",
        "Start workers of the version that posted the run. Then retry it.", recurs=True,
    ),
}  # fmt: skip

COUNTED = [reason for reason, ending in ENDINGS.items() if ending.counted]


@dataclass(frozen=True)
class NextStep:
    """What becomes of a run whose attempt has ended: its new status, its crashes so far, and its error in words."""

    status: Status
    crashes: int
    error: str | None


def what_next(
    reason: Reason, error: str, crashes: int, before: Sequence[str], asked: Status | None, max_crashes: int
) -> NextStep:
    """What becomes of a run whose attempt has ended, other than as finished.

    Args:
        crashes: the run's crashes since its last new checkpoint, without this one.
        before: the reasons of these crashes, newest first.
        asked: CANCELLED or PAUSED if somebody asked for that; then the run is not queued again.
        max_crashes: how many crashes without a new checkpoint in between fail a run; 0 to fail it whatever the reason.
    """
    ending = ENDINGS[reason]
    says = ending.says.format(error=error) or None
    crashes += ending.counted
    if asked is Status.CANCELLED or reason is Reason.CANCELLED:
        return NextStep(Status.CANCELLED, crashes, says)
    alike = 1 + sum(1 for _ in takewhile(lambda other: other == reason, before))
    if ending.retries is not None and alike > ending.retries:
        return NextStep(Status.FAILED, crashes, _often(says, alike))
    if max_crashes == 0 or (ending.counted and crashes >= max_crashes):
        return NextStep(Status.FAILED, crashes, _often(says, crashes))
    return NextStep(asked or Status.QUEUED, crashes, says)


def what_helps(reason: str | None, printed: bool) -> str:
    """What a person can do about a run that failed with this reason; '' if that is not known.

    Args:
        printed: whether its last attempt printed anything.
    """
    ending = _known(reason)
    return " ".join(filter(None, (ending.helps, ending.log_shows if printed else ""))) if ending else ""


def recurs(reason: str | None) -> bool:
    """Whether a run that failed with this reason would fail in the same way again if nothing is changed first."""
    ending = _known(reason)
    return ending is not None and ending.recurs


def _known(reason: str | None) -> Ending | None:
    return ENDINGS[Reason(reason)] if reason is not None and reason in [*Reason] else None


def _often(says: str | None, times: int) -> str | None:
    return f"{says}, {times} times without a new checkpoint in between" if times > 1 else says


def what_is_missing(
    outcome: Outcome, diverged_epoch: int | None, measured: Sequence[int], num_epochs: int
) -> str | None:
    """Why a run cannot count as finished; None if its history is whole.

    A run that converged has all its epochs, and one that diverged those before. One that collapsed may have been ended
    early, as its training decides; then it has no gap.

    Args:
        measured: the epochs that the store has of it, in order.
        num_epochs: number of epochs that it was meant to train.
    """
    if gap := next((place for place, epoch in enumerate(measured, 1) if epoch != place), None):
        return f"epoch {gap} is missing in the store"
    needed = num_epochs if outcome is Outcome.CONVERGED else (diverged_epoch or 1) - 1
    if len(measured) < needed:
        return f"the training ended as {outcome}, and the store has {len(measured)} of {needed} epochs"
    return None
