"""How long a command takes, in seconds and in seconds of CPU time."""

import resource
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path


def timed(
    command: Sequence[str], folder: Path | None = None
) -> tuple[subprocess.CompletedProcess[str], tuple[float, float]]:
    """Run a command once in the folder. Returns how it ended, and (seconds, seconds of CPU time)."""
    began, worked = time.perf_counter(), _children_seconds()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done, (time.perf_counter() - began, _children_seconds() - worked)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
