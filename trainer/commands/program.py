"""A program that runs for one attempt: how it is started and ended, and what it says."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from evenkeel.stack.processes import dies_with_parent

METRICS_FD, TAKEN_FD = "EVENKEEL_METRICS_FD", "EVENKEEL_TAKEN_FD"
TICK_SECONDS = 0.5
CHUNK = 65536
LONGEST_LINE = 65536
# Where stderr and stdout of the program go: to those of this process.
OURS = (2, 1)
# What is kept of each output, and what an error shows of it.
KEPT, SHOWN_LINES, SHOWN = 8192, 15, 1200
# Ends what is left of a group once this process has ended, however that was: then no one writes to the pipe any more.
# The group itself is not enough for that: Linux tells only the program, not what the program started.
UNDERTAKER = 'read done || kill -9 "-$0"'


# The process of a slot ignores these. A program would inherit that, and could not be stopped.
STOPS = (signal.SIGINT, signal.SIGTERM)


class CannotStart(Exception):
    """A program cannot be started. The message says why."""


class Program:
    """A running program, in a process group of its own that ends with this process.

    It writes lines to one pipe. What it writes to stdout and stderr is read, so that it never waits, and passed on to
    those of this process. Only the last of it is kept.

    Args:
        arguments: The program and its arguments.
        environment: All of its variables, but those that name the pipes.
        folder: Where it starts.
        stop_seconds: How long it has to end after SIGTERM.

    Raises:
        CannotStart: If there is no such program, or it is not one.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, stop_seconds: float
    ) -> None:
        self._stop_seconds, self._lines = stop_seconds, b""
        metrics, their_metrics = os.pipe()
        their_taken, self._taken = os.pipe()
        os.set_blocking(self._taken, False)
        try:
            self._process = subprocess.Popen(
                arguments,
                cwd=folder,
                env={**environment, METRICS_FD: str(their_metrics), TAKEN_FD: str(their_taken)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[their_metrics, their_taken],
                start_new_session=True,
                preexec_fn=_of_its_own(),
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            os.close(metrics)
            os.close(self._taken)
            raise CannotStart(f"the program {arguments[0]!r} cannot be started: {error}") from error
        finally:
            os.close(their_metrics)
            os.close(their_taken)
        self._undertaker = subprocess.Popen(
            ["/bin/sh", "-c", UNDERTAKER, str(self._process.pid)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._metrics = os.fdopen(metrics, "rb", buffering=0)
        self._outputs = [self._process.stderr, self._process.stdout]
        self._said = [b"", b""]
        self._selector = selectors.DefaultSelector()
        for place, pipe in enumerate([*self._outputs, self._metrics]):
            assert pipe is not None
            self._selector.register(pipe, selectors.EVENT_READ, place)

    def lines(self) -> Iterator[bytes | None]:
        """The lines that it writes, without their ends, until it has ended. Yields None now and then while there is
        none, so that its reader can look at the time."""
        tick = time.monotonic() + TICK_SECONDS
        while self._selector.get_map() or self._process.poll() is None:
            has_ended = self._process.poll() is not None
            yield from self._read()
            if time.monotonic() >= tick:
                if has_ended:
                    # What it left running holds the pipes open. That is no part of the training.
                    break
                yield None
                tick = time.monotonic() + TICK_SECONDS
        if self._lines:
            yield self._lines

    def tell_taken(self, epoch: int) -> None:
        """Tell it that the folder with its state was taken for the last time in this epoch. It need not listen."""
        with suppress(OSError):
            os.write(self._taken, b"%d\n" % epoch)

    @property
    def exit_code(self) -> int:
        """Its exit code; negative if a signal ended it. Call this once it has ended."""
        return self._process.wait()

    @property
    def last_words(self) -> str:
        """The last lines that it wrote to stderr, or to stdout if it wrote none there."""
        said = next((one for one in self._said if one.strip()), b"").decode(errors="replace")
        return "\n".join(said.strip().splitlines()[-SHOWN_LINES:])[-SHOWN:]

    def end(self) -> None:
        """End the program and all that it started: SIGTERM, a while to go, then SIGKILL."""
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self._stop_seconds)
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._undertaker.communicate(b"done\n")
        self._selector.close()
        os.close(self._taken)
        for pipe in (*self._outputs, self._metrics):
            assert pipe is not None
            pipe.close()

    def _signal(self, sign: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, sign)

    def _read(self) -> Iterator[bytes]:
        """Read what it has written. Waits up to a tick if there is nothing."""
        if not self._selector.get_map():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(TICK_SECONDS)
            return
        for key, _ in self._selector.select(TICK_SECONDS):
            chunk = os.read(key.fd, CHUNK)
            if not chunk:
                self._selector.unregister(key.fileobj)
            elif key.data < len(self._said):
                self._said[key.data] = (self._said[key.data] + chunk)[-KEPT:]
                _pass_on(OURS[key.data], chunk)
            else:
                *whole, self._lines = (self._lines + chunk).split(b"\n")
                yield from whole
                if len(self._lines) > LONGEST_LINE:
                    yield self._lines
                    self._lines = b""


def _pass_on(descriptor: int, chunk: bytes) -> None:
    # Nobody may be there to read it.
    with suppress(OSError):
        while chunk:
            chunk = chunk[os.write(descriptor, chunk) :]


def _of_its_own() -> Callable[[], None]:
    """A `preexec_fn`: the program ends with this process, and heeds signals as programs do."""
    ends = dies_with_parent(signal.SIGKILL)

    def prepare() -> None:
        ends()
        for sign in STOPS:
            signal.signal(sign, signal.SIG_DFL)

    return prepare
