"""Keeps in the store what an attempt prints, so that its last lines can be read wherever it trains, and after its
process was killed.

Nothing waits for it: a thread of its own looks now and then whether there is more. If the store is away, it says
nothing, and sends what it still holds when the store is back.
"""

import logging
import threading
from types import TracebackType
from typing import Self

from evenkeel.journal.logs import Logs
from evenkeel.records.leases import Claim
from evenkeel.store import StoreAway
from trainer.output import Output

log = logging.getLogger(__name__)

SEND_SECONDS = 2.0
# All that a process has printed is read within milliseconds, unless it prints on and on.
DRAIN_SECONDS = 1.0
JOIN_SECONDS = 5.0


class Printed:
    """Sends what one attempt prints, within a `with` block."""

    def __init__(self, logs: Logs, claim: Claim, output: Output) -> None:
        self._logs, self._claim, self._output = logs, claim, output
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"log-{claim.run_id[:8]}", daemon=True)
        self._sent = 0

    def __enter__(self) -> Self:
        self._output.begin_run()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join(JOIN_SECONDS)
        self.end()

    def end(self) -> None:
        """Send the last lines. Call it before the end of the attempt is recorded: then they are there when it is."""
        self._output.drain(DRAIN_SECONDS)
        self._send()

    def _keep(self) -> None:
        while not self._ended.wait(SEND_SECONDS):
            self._send()

    def _send(self) -> None:
        """Write the last lines if there are new ones, and if no other thread is about to."""
        output = self._output
        if output.printed == self._sent or not output.writing.acquire(timeout=DRAIN_SECONDS):
            return
        try:
            printed = output.printed
            if printed == self._sent:  # The other thread sent it while this one waited.
                return
            self._logs.write(self._claim.run_id, self._claim.attempt, output.tail)
            self._sent = printed
        except StoreAway as error:
            log.debug("run %s: what it printed is sent later: %.300s", self._claim.run_id, error)
        finally:
            output.writing.release()
