"""One service of the embedded stack: a child process that is started, watched and stopped."""

import os
import signal
import subprocess
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from evenkeel.stack.processes import dies_with_parent

RESTARTS_A_MINUTE = 5


@dataclass
class Service:
    """One child process. The stack restarts it when it dies."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS_A_MINUTE))

    def start(self) -> None:
        self.starts.append(time.monotonic())
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

    @property
    def exit_code(self) -> int | None:
        return self.process.poll() if self.process else None

    @property
    def keeps_dying(self) -> bool:
        return len(self.starts) == RESTARTS_A_MINUTE and time.monotonic() - self.starts[0] < 60

    def signal_group(self, sign: int) -> None:
        """Send the signal `sign` to the child and to all processes that it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)

    def last_words(self, lines: int = 15) -> str:
        """The last lines of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])
