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
        super().__init__(folder)

    def fill(self) -> None:
        """Take all the space that is left."""
        with (self.disk / "ballast").open("wb") as file:
            free = os.statvfs(self.disk)
            file.write(bytes(free.f_bavail * free.f_frsize))

    def free(self) -> None:
        (self.disk / "ballast").unlink()

    def stop(self) -> None:
        super().stop()
        subprocess.run(["umount", self.disk], check=True)
