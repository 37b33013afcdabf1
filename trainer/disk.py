"""The disk with a worker's checkpoints: how much of it is free and used, and whether a run may start."""

import shutil
import time
from pathlib import Path

MB = 1_000_000
# After a write has failed, the slots wait this long before they try again, whatever the disk says of its free space: a
# quota may be exhausted.
PAUSE_SECONDS = 60.0


class Disk:
    """All slots of a worker share it. Any thread may use it.

    Attributes:
        used_bytes: What the checkpoints took when `measure` was last called; None before.
    """

    def __init__(self, data_dir: Path, least_free_mb: int) -> None:
        self._folder = data_dir.absolute() / "checkpoints"
        self._least_free = least_free_mb * MB
        self._failed_at: float | None = None
        self.used_bytes: int | None = None

    @property
    def free_bytes(self) -> int:
        """The bytes that this user may still write."""
        return shutil.disk_usage(next(path for path in (self._folder, *self._folder.parents) if path.exists())).free

    @property
    def problem(self) -> str | None:
        """Why no run may start now; None if one may."""
        free = self.free_bytes
        if free < self._least_free:
            why = f"{free // MB} MB are free, and EVENKEEL_LEAST_FREE_MB={self._least_free // MB}"
        elif self._failed_at is not None and time.monotonic() - self._failed_at < PAUSE_SECONDS:
            why = f"a checkpoint could not be written, though {free // MB} MB are free"
        else:
            return None
        return f"the disk of {self._folder} is full: {why}. No run starts until there is room; see evenkeel gc --help"

    def note_full(self) -> None:
        """A write has failed because the disk is full."""
        self._failed_at = time.monotonic()

    def measure(self) -> None:
        """Add up what the checkpoints take."""
        self.used_bytes = size_of(self._folder)


def size_of(folder: Path) -> int:
    """The bytes of all files in a folder, however deep. Files that are removed meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += 0 if path.is_symlink() or path.is_dir() else path.stat().st_size
        except FileNotFoundError:
            continue
    return total
