"""The disk with a worker's checkpoints: how much of it is free and used, and whether a run may start."""

import shutil
from pathlib import Path

MB = 1_000_000


class Disk:
    """All slots of a worker share it. Any thread may use it.

    Attributes:
        used_bytes: What the checkpoints took when `measure` was last called; None before.
    """

    def __init__(self, data_dir: Path, least_free_mb: int) -> None:
        self._folder = data_dir.absolute() / "checkpoints"
        self._least_free = least_free_mb * MB
        self.used_bytes: int | None = None

    @property
    def free_bytes(self) -> int:
        """The bytes that this user may still write."""
        return shutil.disk_usage(next(path for path in (self._folder, *self._folder.parents) if path.exists())).free

    @property
    def problem(self) -> str | None:
        """Why no run may start now; None if one may."""
        free = self.free_bytes
        if free >= self._least_free:
            return None
        return (
            f"the disk of {self._folder} is full: {free // MB} MB are free, and EVENKEEL_LEAST_FREE_MB="
            f"{self._least_free // MB}. No run starts until there is room; see evenkeel gc --help"
        )

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
