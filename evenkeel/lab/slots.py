"""When the slots of some workers would have finished the runs that wait for them.

The queue is played through, run by run, as the scheduler would take them (`evenkeel.claims.scheduler`): the highest
priority first, then the experiment with the fewest running runs, then the one that has waited longest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from evenkeel.grids.sharing import Device


@dataclass(frozen=True)
class Slot:
    """A place on a device.

    Attributes:
        free_in: seconds until the run that trains on it has ended; 0 if it is free.
        line: the place in the list of lines of that run's experiment; None if it is free, or if that has no line.
    """

    kind: Device
    free_in: float = 0.0
    line: int | None = None


@dataclass(frozen=True)
class Line:
    """The runs of an experiment that wait, in the order in which they are taken.

    Attributes:
        runs: for each of them, the seconds that it takes on each kind of device. It is not taken by others.
        served_ms: when a run of it was last taken.
        max_running: how many of them may train at once; None for any number.
    """

    runs: Sequence[Mapping[Device, float]]
    priority: int = 0
    served_ms: int = 0
    max_running: int | None = None


@dataclass(frozen=True)
class Placed:
    """A run that was taken: in how many seconds it ends, and on which kind of device it trains."""

    end: float
    kind: Device


@dataclass
class _Standing:
    """Where a line stands. Attributes: runs taken so far, runs that train, and when one was last taken."""

    taken: int
    running: int
    served: tuple[int, float]


def play(slots: Sequence[Slot], lines: Sequence[Line], mine: int) -> list[Placed] | None:
    """Where each run of the line `mine` trains and when it ends, in its order; None if some would never be taken."""
    held = [slot.line for slot in slots]
    standing = [_Standing(0, held.count(place), (0, line.served_ms)) for place, line in enumerate(lines)]
    events = [(slot.free_in, place) for place, slot in enumerate(slots)]
    heapify(events)
    idle: list[int] = []
    placed: list[Placed] = []
    takes, wanted = 0, len(lines[mine].runs)
    while events and len(placed) < wanted:
        now, place = heappop(events)
        if (line := held[place]) is not None:
            standing[line].running -= 1
            held[place] = None
        idle.append(place)
        for slot in list(idle):
            if (chosen := _choose(lines, standing, slots[slot].kind)) is None:
                continue
            idle.remove(slot)
            takes += 1
            its = standing[chosen]
            kind = slots[slot].kind
            end = now + lines[chosen].runs[its.taken][kind]
            if chosen == mine:
                placed.append(Placed(end, kind))
            its.taken, its.running, its.served = its.taken + 1, its.running + 1, (1, takes)
            held[slot] = chosen
            heappush(events, (end, slot))
    return placed if len(placed) == wanted else None


def _choose(lines: Sequence[Line], standing: Sequence[_Standing], kind: Device) -> int | None:
    """The line whose next run a slot of this kind takes; None if there is none."""
    able = [
        place
        for place, (line, its) in enumerate(zip(lines, standing, strict=True))
        if its.taken < len(line.runs)
        and kind in line.runs[its.taken]
        and (line.max_running is None or its.running < line.max_running)
    ]
    if not able:
        return None
    return min(able, key=lambda place: (-lines[place].priority, standing[place].running, standing[place].served))
