"""Tells in sentences how long new runs would take, or why that is not known."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evenkeel.grids.sharing import Device
from evenkeel.lab.durations import duration

SINGLE = "A single run does not tell how far that may be off."
MOST_NAMES = 3  # cells that are named one by one
HOLDS = "four of five cases or more"  # see evenkeel.lab.foretelling
ALL_EXIST = "All runs exist already, so there is nothing to train."


@dataclass(frozen=True)
class Foretold:
    """What is foretold of some new runs.

    Attributes:
        device: seconds for which the runs keep slots busy, as (lowest, likely, highest).
        finish: seconds until the last of them has ended, in the same way; empty if that is not known.
        from_runs: number of finished runs that this is judged by.
        guessed: names of the cells whose shape was never measured, so that their time is judged by their multiply-adds.
        num_slots: number of slots that could take them, of which `num_free` are free.
        num_queued: number of queued runs that are counted, of which `num_unmeasured` were never measured.
        missing: why no worker could train them now; None if one could.
        kinds: the kinds of device that are counted.
        not_used: the kinds of device on which not every shape was measured.
        num_by_rule: how many runs more a rule for seeds may add, and how many seconds they would keep slots busy.
    """

    num_runs: int
    device: Sequence[float]
    finish: Sequence[float]
    from_runs: int
    num_shapes: int
    guessed: Sequence[str]
    num_slots: int
    num_free: int
    num_queued: int
    num_unmeasured: int
    missing: str | None
    kinds: Collection[Device]
    not_used: Sequence[Device]
    num_by_rule: int
    by_rule: float


def unmeasured_says(unknown: int, cells: int, threads: int, why: str) -> str:
    """Why nothing is foretold.

    Args:
        unknown: how many of the cells have a shape that was never measured.
        why: why other shapes do not tell either.
    """
    which = f"All {cells} cells have" if unknown == cells else f"{unknown} of {cells} cells have"
    which = "The cell has" if cells == 1 else which
    how = f" with {threads} threads" if threads > 1 else ""
    known = f"{which} a shape that was never measured{how}, and {why}"
    return f"{known}, so the time is not known; a pilot of two epochs would tell."


def estimate_says(found: Foretold) -> str:
    """For example: 'The 24 new runs take about 3 h 20 min (3 h to 4 h) of device time, judged by how long 9 finished
    runs of the same shape took. The last one ends in about 52 min (47 min to 1 h 3 min), on 4 slots, 1 of them free
    now.'"""
    new = "The new run takes" if found.num_runs == 1 else f"The {found.num_runs:,} new runs take"
    shape = "the same shape" if found.num_shapes == 1 else "the same shapes"
    judged = f", judged by how long {_count(found.from_runs, 'finished run')} of {shape} took"
    says = [f"{new} {_about(found.device)} of device time{'' if found.guessed else judged}."]
    if found.guessed:
        says += _guessed(found)
    elif found.from_runs == 1:
        says.append(SINGLE)
    if found.finish:
        says.append(f"The last one ends in {_about(found.finish)}, on {_slots(found)}{_queued(found)}.")
    else:
        says.append(f"When they end is not known: {found.missing or 'no slot takes them'}.")
    if found.not_used:
        kinds = " and ".join(found.not_used)
        says.append(f"Workers with the device {kinds} are not counted, since not every shape was measured there.")
    if found.num_by_rule:
        more = f"up to {_count(found.num_by_rule, 'run')} more, about {duration(found.by_rule)} of device time"
        says.append(f"The rule for seeds may add {more}.")
    return " ".join(says)


def _guessed(found: Foretold) -> list[str]:
    """For example: 'a-b-c has a shape that was never measured. Its time is judged by the multiplications of its network
    and by how fast 3 finished runs multiplied. ...'"""
    names, one = found.guessed, len(found.guessed) == 1
    listed = [*names[:MOST_NAMES], *([f"{len(names) - MOST_NAMES:,} more"] if len(names) > MOST_NAMES else [])]
    never = "has a shape that was never measured" if one else "have shapes that were never measured"
    whose = (
        "Its time is judged by the multiplications of its network"
        if one
        else ("Their time is judged by the multiplications of their networks")
    )
    says = [
        f"{listed[0] if one else ', '.join(listed[:-1]) + ' and ' + listed[-1]} {never}.",
        f"{whose} and by how fast {_count(found.from_runs, 'finished run')} multiplied.",
        f"The range holds in {HOLDS}; a pilot of two epochs would tell more.",
    ]
    if Device.CUDA in found.kinds:
        says.append("How often it holds was measured on CPUs only.")
    return says


def _about(seconds: Sequence[float]) -> str:
    low, likely, high = map(duration, seconds)
    return f"about {likely}" if low == high else f"about {likely} ({low} to {high})"


def _slots(found: Foretold) -> str:
    if found.num_slots == 1:
        return f"1 slot, which is {'free' if found.num_free else 'busy'} now"
    return f"{found.num_slots:,} slots, {found.num_free:,} of them free now"


def _queued(found: Foretold) -> str:
    if not found.num_queued:
        return ""
    waits = "that waits" if found.num_queued == 1 else "that wait"
    counted = f". This counts the {_count(found.num_queued, 'run')} {waits} already"
    guess = (
        f", {found.num_unmeasured:,} of them as if an epoch took as long as one of these"
        if found.num_unmeasured
        else ""
    )
    return counted + guess


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
