"""Traps: places in the code where a process of the lab under trial is killed, or made to fail.

A trap does nothing until it is armed. `arm` writes a file with the trap's name, which says at which passage it goes
off. The first process that passes takes the file, so that each arming makes one process fail, once.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Hit = Callable[[], None]

# What each process of a worker trained, one line for each epoch: see `count_epochs`.
TRAINED = "trained"

# The traps need it themselves, and set a trap on the other.
RENAME = os.rename


class Traps:
    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self._left: dict[str, int] = {}

    def passes(self, name: str) -> bool:
        """Count a passage of the trap. Whether it goes off now."""
        if name not in self._left:
            mine = self.folder / f"{name}.{os.getpid()}"
            try:
                RENAME(self.folder / name, mine)
            except FileNotFoundError:
                return False
            self._left[name] = int(mine.read_text())
        self._left[name] -= 1
        if self._left[name] > 0:
            return False
        del self._left[name]
        (self.folder / f"{name}.off").write_text(str(time.time()))
        return True

    def kills(self, name: str) -> None:
        if self.passes(name):
            os.kill(os.getpid(), signal.SIGKILL)


def arm(folder: Path, name: str, passage: int = 1) -> None:
    """Make the trap go off at its n-th passage from now on."""
    (folder / f"{name}.off").unlink(missing_ok=True)
    aside = folder / f"{name}.aside"
    aside.write_text(str(passage))
    aside.rename(folder / name)


def went_off(folder: Path, name: str) -> bool:
    return (folder / f"{name}.off").exists()


def set_traps(process: str, folder: str) -> None:
    """Set the traps of a process: 'api', 'trainer' or 'trainer.child'."""
    traps = Traps(folder)
    {"api": trap_api, "trainer": trap_worker, "trainer.child": trap_child}[process](traps)


def before(place: Any, name: str, hit: Hit) -> None:
    """Call `hit` before each call of `place.name`."""
    real = getattr(place, name)

    def trapped(*arguments: Any, **named: Any) -> Any:
        hit()
        return real(*arguments, **named)

    setattr(place, name, trapped)


def trap_api(traps: Traps) -> None:
    """api.ring: killed after a grid is committed, and before a message tells the workers."""
    from evenkeel.lab.queue import Doorbell

    before(Doorbell, "ring", lambda: traps.kills("api.ring"))


def trap_worker(traps: Traps) -> None:
    """worker.append: killed in the transaction that appends an epoch. worker.clock: its clock is an hour off, from its
    start on; `passage` is the sign."""
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "before_cursor_execute")
    def executes(db: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO epochs"):
            traps.kills("worker.append")

    if (traps.folder / "worker.clock").exists():
        shift_clock(float((traps.folder / "worker.clock").read_text()))
    count_epochs(traps.folder / TRAINED)


def shift_clock(seconds: float) -> None:
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + seconds
    time.time_ns = lambda: real_ns() + int(seconds * 1e9)


def count_epochs(path: Path) -> None:
    """Write a line for each epoch that the worker is sent, so that work done twice can be counted."""
    from trainer.recording import Meter

    def write() -> None:
        with path.open("a") as file:
            file.write(".\n")

    before(Meter, "add", write)


def trap_child(traps: Traps) -> None:
    """child.write: killed before it syncs or renames a file of a checkpoint. child.memory: it runs out of memory, as a
    GPU does."""
    for name in ("fsync", "rename", "replace"):
        before(os, name, lambda: traps.kills("child.write"))
    import torch

    def memory() -> None:
        if traps.passes("child.memory"):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB (simulated)")

    before(torch.nn.functional, "cross_entropy", memory)
