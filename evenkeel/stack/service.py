"""One service of the embedded stack: a child process that is started, watched and stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from evenkeel.stack.processes import dies_with_parent

# The pause before a service is started again. It doubles each time that the service dies soon after its start.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
# A service that lived this long did not die of its start, so its next pause is the first one again.
LIVED_SECONDS = 10.0


@dataclass
class Service:
    """One child process. The stack starts it again when it dies.

    Attributes:
        name: Its name in messages to the user.
        log: The file to which its output is appended.
        num_ends: How often it has died.
        pause_seconds: The pause after its latest death.
        clock: The time in seconds. Only its differences matter.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    num_ends: int = 0
    pause_seconds: float = 0.0
    clock: Callable[[], float] = time.monotonic
    process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _ended: float = 0.0

    def start(self) -> None:
        """Start the process. Raises OSError if that is not possible now, for example because memory is full."""
        self._started = self._ended = self.clock()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGTERM),
            )

    def notice_end(self) -> str | None:
        """How the process ended, such as 'exit 1', if it did so since the last call; None if it did not.

        If it ended, what it had started is killed, and the pause before its next start begins.
        """
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.signal_group(signal.SIGKILL)
        self.process = None
        self.rest()
        return f"exit {code}"

    def rest(self) -> None:
        """Begin the pause before the next start."""
        self._ended = self.clock()
        soon = self._ended - self._started < LIVED_SECONDS
        longer = min(2 * self.pause_seconds, LONGEST_PAUSE_SECONDS) if soon else 0.0
        self.pause_seconds = max(longer, FIRST_PAUSE_SECONDS)
        self.num_ends += 1

    @property
    def is_due(self) -> bool:
        """Whether it does not run, and its pause is over."""
        return self.process is None and self.clock() - self._ended >= self.pause_seconds

    @property
    def has_lived(self) -> bool:
        """Whether it runs for so long that its start worked."""
        return self.process is not None and self.clock() - self._started >= LIVED_SECONDS

    def signal_group(self, sign: int) -> None:
        """Send the signal `sign` to the child and to all processes that it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)

    def last_words(self, lines: int = 15) -> str:
        """The last lines of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])
