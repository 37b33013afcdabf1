"""When a worker ends by itself: it has had nothing to train for some time, or its time is nearly over.

A batch system such as Slurm lends a machine for a limited time, and others wait for that machine.
"""

import argparse
import math
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Self

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# So long before its time is over, a worker begins to end: its runs write a checkpoint, and MLflow gets it.
SPARE_SECONDS = 120.0
# In a job of a few minutes, that would be most of the time.
SPARE_SHARE = 0.1
# Slurm tells a job by this variable when it will be killed, in seconds since 1970. Older versions do not set it.
SLURM_END = "SLURM_JOB_END_TIME"


class Shift:
    """How long a worker stays. Any thread may use it.

    Args:
        until_idle: Seconds without training after which the worker ends.
        time_limit: Seconds from now until the worker is killed.
    """

    def __init__(self, until_idle: float = math.inf, time_limit: float = math.inf) -> None:
        self.until_idle = until_idle
        spare = min(SPARE_SECONDS, SPARE_SHARE * time_limit)
        self._worked = time.monotonic()
        self._ends = self._worked + time_limit - (spare if math.isfinite(time_limit) else 0.0)
        # Until it has begun, the worker is at work: it starts.
        self._at_work = 1
        self._lock = threading.Lock()

    @classmethod
    def from_command(cls, arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Self:
        """What the options of `evenkeel worker` ask for, and Slurm. Ends the process if an option is wrong."""
        given = _parser().parse_args(arguments)
        limit = given.time_limit
        if end := environment.get(SLURM_END, ""):
            limit = min(limit, max(0.0, float(end) - time.time())) if end.isdigit() else limit
        return cls(given.until_idle, limit)

    def begin(self) -> None:
        """The worker takes messages now."""
        self._leave_work()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Within the block, the worker is not idle."""
        with self._lock:
            self._at_work += 1
        try:
            yield
        finally:
            self._leave_work()

    def _leave_work(self) -> None:
        with self._lock:
            self._at_work -= 1
            self._worked = time.monotonic()

    def over(self, problem: str | None = None) -> str:
        """Why the worker must end now; '' if it need not.

        Args:
            problem: Why it can train nothing at present. Meanwhile it is idle, whatever it waits for.
        """
        now = time.monotonic()
        if now >= self._ends:
            return "its time is nearly over"
        with self._lock:
            if self._at_work and problem is None:
                self._worked = now
            if now - self._worked >= self.until_idle:
                return problem or f"it had nothing to train for {self.until_idle:.0f} s"
        return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evenkeel worker",
        description="Run a worker on this machine. Its settings come from variables: see docs/operations.md. When it "
        "ends, the runs that still train write a checkpoint, and other workers go on with them. MLflow gets these "
        "checkpoints before the worker ends.",
    )
    parser.add_argument(
        "--until-idle",
        type=_seconds,
        default=math.inf,
        metavar="TIME",
        help="End after this time without a run to train, such as 10m. By default the worker waits for ever.",
    )
    parser.add_argument(
        "--time-limit",
        type=_seconds,
        default=math.inf,
        metavar="TIME",
        help=f"The worker is killed after this time, such as 4h. It ends {SPARE_SECONDS:.0f} s before, in a short job "
        "after nine tenths of the time. By default Slurm says it, if the worker is a job of Slurm.",
    )
    return parser


def _seconds(text: str) -> float:
    """'10m' -> 600.0."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smhd])", text)
    if found is None or (seconds := float(found[1]) * SECONDS[found[2]]) <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write a number and its unit: 90s, 10m, 4h or 2d")
    return seconds
