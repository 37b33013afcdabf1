"""Starts the child process of a slot."""

import os
import signal
import socket
import subprocess
import sys

from evenkeel.settings import Settings
from evenkeel.stack.processes import dies_with_parent
from trainer.output import Output
from trainer.protocol import SlotOptions, encode

# The user's own environment overrides this. OpenMP's threads spin while they wait for each other. On busy cores that
# takes time from the very thread that they wait for (benchmarks/waiting.py). With this setting they sleep.
CHILD_ENVIRONMENT = {"OMP_WAIT_POLICY": "passive"}

# A child that has nothing else to say says so this often.
MOST_ALIVE_SECONDS = 10.0


def spawn(settings: Settings, device: str, output: Output) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a child. It ends with the thread that calls this.

    Args:
        device: The device that the child is told to open, as the settings name it.
        output: Gets what the child prints.

    Returns:
        The child, and the socket over which to talk with it.
    """
    mine, theirs = socket.socketpair()
    options = SlotOptions(
        device=device,
        checkpoint_every=settings.checkpoint_every_epochs,
        checkpoint_seconds=60 * settings.checkpoint_minutes,
        datasets_dir=str(settings.datasets_dir.absolute()),
        diagnose=settings.diagnostics,
        loader_workers=settings.loader_workers,
        alive_seconds=min(MOST_ALIVE_SECONDS, 60 * settings.silent_minutes / 4),
    )
    printed, prints = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", "trainer.child", str(theirs.fileno()), encode(options)],
        stdin=subprocess.DEVNULL,
        stdout=prints,
        stderr=prints,
        env=CHILD_ENVIRONMENT | os.environ,
        pass_fds=[theirs.fileno()],
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )
    theirs.close()
    os.close(prints)
    output.follow(printed)
    return child, mine
