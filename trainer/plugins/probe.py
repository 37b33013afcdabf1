"""Finds out what the plug-ins of a package are, in a process of its own. A plug-in that raises, hangs, ends the process
or prints garbage is `Broken`, and costs nothing else."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from evenkeel.packages.find import Plugin
from evenkeel.plugins import Announced
from evenkeel.stack.processes import dies_with_parent
from trainer.plugins.look import broken

TICK_SECONDS = 0.2
# More than any description takes.
MAX_BYTES = 10_000_000


def probe(plugins: Sequence[Plugin], timeout_seconds: float) -> Announced:
    """What these plug-ins of one package are. One that cannot be used does not keep the others from being looked at.

    Args:
        timeout_seconds: How long the import of the package may take.
    """
    found: list[Announced] = []
    left = list(plugins)
    while left:
        answers, end = _run(left, timeout_seconds)
        found += answers.values()
        unanswered = [plugin for number, plugin in enumerate(left) if number not in answers]
        # The others come after it, and have not been tried.
        found += [broken(plugin, end) for plugin in unanswered[:1]]
        left = unanswered[1:]
    return join(found)


def join(parts: Sequence[Announced]) -> Announced:
    """All of them as one."""
    return Announced(
        tuple(task for part in parts for task in part.tasks),
        tuple(level for part in parts for level in part.levels),
        tuple(one for part in parts for one in part.broken),
    )


def _run(plugins: list[Plugin], timeout_seconds: float) -> tuple[dict[int, Announced], str]:
    """What a fresh process says of these plug-ins: number of the plug-in -> what it is. Also how the process ended."""
    mine, theirs = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer.plugins.look", str(theirs), json.dumps([asdict(one) for one in plugins])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"OMP_NUM_THREADS": "1", **os.environ},
        pass_fds=[theirs],
        start_new_session=True,
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )
    os.close(theirs)
    try:
        text, in_time = _hear(mine, process, time.monotonic() + timeout_seconds)
    finally:
        os.close(mine)
        # With all that it started.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    answers = dict(filter(None, map(_read, text.split(b"\n"))))
    if not in_time:
        return answers, f"its import took longer than EVENKEEL_PLUGIN_SECONDS={timeout_seconds:g}"
    code = process.returncode
    return answers, f"its import ended the process ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})"


def _read(line: bytes) -> tuple[int, Announced] | None:
    """None if a plug-in wrote the line. Any of them may find the file descriptor."""
    try:
        answer = json.loads(line)
        return int(answer["number"]), Announced.from_json(answer["is"])
    except (ValueError, TypeError, KeyError):
        return None


def _hear(descriptor: int, process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bool]:
    """What the process writes until it ends, and whether it ended before the deadline."""
    text = b""
    while time.monotonic() < deadline and len(text) < MAX_BYTES:
        if select.select([descriptor], [], [], TICK_SECONDS)[0]:
            if not (chunk := os.read(descriptor, 65536)):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline - time.monotonic()))
                return text, process.poll() is not None
            text += chunk
        elif process.poll() is not None:
            # Something that it started still holds the pipe.
            return text, True
    return text, False
