"""A lab whose checkpoints are on a small disk, which a trial can fill."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.lab import Lab

MEGABYTES = 24


class SmallDisk(Lab):
    def __init__(self, folder: Path) -> None:
        self.disk = folder / "data" / "checkpoints"
        self.disk.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(self.disk)]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            pytest.skip("this machine does not let us mount a small disk (that needs root)")
        try:
            super().__init__(folder, EVENKEEL_LEAST_FREE_MB="2")
        except AssertionError:
            self._unmount()
            raise

    def fill(self) -> None:
        """Take all the space that is left."""
        with (self.disk / "ballast").open("wb") as file:
            free = os.statvfs(self.disk)
            file.write(bytes(free.f_bavail * free.f_frsize))

    def free(self) -> None:
        (self.disk / "ballast").unlink()

    def stop(self) -> None:
        super().stop()
        self._unmount()

    def _unmount(self) -> None:
        subprocess.run(["umount", str(self.disk)], check=True)
