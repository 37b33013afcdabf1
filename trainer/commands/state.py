"""The folder in which a program keeps its state: taken after each epoch, and handed to the program's next attempt."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

MB = 1_000_000
MOST_FILES = 10_000
LIMIT = "EVENKEEL_COMMAND_STATE_MB"

# What changes whenever a file is written again: its inode, its size and its time.
Stamp = tuple[int, int, int]


class StateTooLarge(Exception):
    """The folder holds more than the lab takes. The message says how much, and which setting allows more."""


@dataclass(frozen=True)
class State:
    """What a folder held after an epoch.

    Attributes:
        files: path in the folder -> content.
        unusable: Why no attempt can go on from it; '' if one can.
    """

    epoch: int = 0
    files: Mapping[str, bytes] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    unusable: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As a checkpoint holds it."""
        # torch reads no bytes back from a file, only tensors.
        files = {path: torch.from_numpy(np.frombuffer(each, np.uint8).copy()) for path, each in self.files.items()}
        return {"epoch": self.epoch, "files": files, "unusable": self.unusable}

    @classmethod
    def of_dict(cls, values: Mapping[str, Any]) -> State:
        """Raises ValueError if no attempt can go on from it, and KeyError if it is something else."""
        if values["unusable"]:
            raise ValueError(values["unusable"])
        if not values["files"]:
            raise ValueError("the command keeps no state in EVENKEEL_STATE_DIR, so it starts again")
        return cls(values["epoch"], {path: each.numpy().tobytes() for path, each in values["files"].items()})

    def write(self, folder: Path) -> None:
        """Write its files into an empty folder."""
        for name, content in self.files.items():
            path = folder / name
            if ".." in path.parts or not path.is_relative_to(folder):
                raise ValueError(f"{name!r} is no path within a folder of state")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def take(folder: Path, epoch: int, before: State, most_mb: int) -> State:
    """Read the folder. A file that did not change since `before` is not read again.

    Raises:
        StateTooLarge: If it holds more than `most_mb`, or too many files.
    """
    try:
        stamps = _stamps(folder)
        _check_size(stamps, epoch, most_mb)
        files = {
            path: before.files[path] if before.stamps.get(path) == stamp else (folder / path).read_bytes()
            for path, stamp in stamps.items()
        }
        changed = _stamps(folder) != stamps
    except FileNotFoundError:
        changed, files, stamps = True, {}, {}
    if not changed:
        return State(epoch, files, stamps)
    says = "the program changed EVENKEEL_STATE_DIR before the lab had taken it: let it wait for EVENKEEL_TAKEN_FD"
    return State(epoch, unusable=says)


def _check_size(stamps: Mapping[str, Stamp], epoch: int, most_mb: int) -> None:
    held = sum(size for _, size, _ in stamps.values())
    if held > most_mb * MB:
        what = f"EVENKEEL_STATE_DIR holds {held / MB:.1f} MB after epoch {epoch}"
        raise StateTooLarge(f"{what}, and {LIMIT}={most_mb} allows no more than {most_mb} MB")
    if len(stamps) > MOST_FILES:
        raise StateTooLarge(f"EVENKEEL_STATE_DIR holds {len(stamps)} files after epoch {epoch}, of {MOST_FILES}")


def _stamps(folder: Path) -> dict[str, Stamp]:
    """path -> stamp of every file in the folder, however deep. Links and what is no file are left out."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent) / name
            about = path.lstat()
            if stat.S_ISREG(about.st_mode):
                found[path.relative_to(folder).as_posix()] = (about.st_ino, about.st_size, about.st_mtime_ns)
    return dict(sorted(found.items()))
