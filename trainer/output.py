"""Passes on what a training process prints, up to a limit for each run, so that no run fills the disk of the logs."""

import logging
import os
import threading

log = logging.getLogger(__name__)

# Of one run. A traceback has a few thousand.
MOST_BYTES = 100_000
CHUNK = 65536


class Output:
    """What the processes of one slot print, from their first on. A thread of its own reads it."""

    def __init__(self) -> None:
        self._left, self._dropped = MOST_BYTES, 0
        self._lock = threading.Lock()

    def begin_run(self) -> None:
        """From here on, another run prints."""
        with self._lock:
            dropped, self._dropped, self._left = self._dropped, 0, MOST_BYTES
        if dropped:
            log.warning("the run before printed %d bytes more than the log takes; they were dropped", dropped)

    def follow(self, descriptor: int) -> None:
        """Read from this descriptor until it is closed at the other end, and then close it."""
        threading.Thread(target=self._read, args=(descriptor,), name="output", daemon=True).start()

    def _read(self, descriptor: int) -> None:
        part = b""
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                *lines, part = (part + self._fitting(chunk)).split(b"\n")
                for line in lines:
                    _write(line)
        if part:
            _write(part)

    def _fitting(self, chunk: bytes) -> bytes:
        with self._lock:
            fitting = chunk[: self._left]
            self._left -= len(fitting)
            self._dropped += len(chunk) - len(fitting)
        return fitting


def _write(line: bytes) -> None:
    # The log escapes whatever a terminal would obey.
    if line.strip():
        log.info("training process: %s", line.decode(errors="replace").rstrip())
