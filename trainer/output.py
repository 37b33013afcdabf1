"""What a training process prints. It goes to the log of the worker, up to a limit for each run, so that no run fills
the disk of the logs. And the last lines of each run are held, so that they can be kept in the store."""

import array
import fcntl
import logging
import os
import select
import termios
import threading
import time

log = logging.getLogger(__name__)

# Of one run, in the log of the worker. A traceback has a few thousand.
MOST_BYTES = 100_000
# Of one run, for the store, as UTF-8.
HELD_BYTES = 65_536
CHUNK = 65_536
TICK_SECONDS = 0.01


class Output:
    """What the processes of one slot print, from their first on. A thread of its own reads it, so that no process ever
    waits because of what it prints.

    Attributes:
        printed: The number of bytes that the run has printed. It tells whether there is more than before.
        writing: Is held by the thread that writes the last lines to the store.
    """

    def __init__(self) -> None:
        self._left, self._dropped = MOST_BYTES, 0
        self._held, self.printed = bytearray(), 0
        self._pipe: int | None = None
        self._lock = threading.Lock()
        self.writing = threading.Lock()

    def begin_run(self) -> None:
        """From here on, another run prints."""
        with self._lock:
            dropped, self._dropped, self._left = self._dropped, 0, MOST_BYTES
            self._held, self.printed = bytearray(), 0
        if dropped:
            log.warning("the run before printed %d bytes more than the log takes; they were dropped", dropped)

    def follow(self, descriptor: int) -> None:
        """Read from this descriptor until it is closed at the other end, and then close it."""
        self._pipe = descriptor
        threading.Thread(target=self._read, args=(descriptor,), name="output", daemon=True).start()

    def drain(self, seconds: float) -> None:
        """Wait until all that was printed so far is read, but at most so long: what prints on and on never is."""
        until = time.monotonic() + seconds
        while self._waits() and time.monotonic() < until:
            time.sleep(TICK_SECONDS)

    @property
    def tail(self) -> str:
        """The last lines of the run, at most HELD_BYTES. They are whole, unless one alone is longer."""
        with self._lock:
            held, is_cut = bytes(self._held[-HELD_BYTES:]), self.printed > HELD_BYTES
        # Each byte that is no UTF-8 becomes a mark of three bytes.
        while len(text := held.decode(errors="replace").encode()) > HELD_BYTES:
            held, is_cut = held[(len(text) - HELD_BYTES) // 3 + 1 :], True
        _, _, whole = text.partition(b"\n")
        return (whole if is_cut and whole else text).decode(errors="replace")

    def _waits(self) -> bool:
        """Whether something was printed that is not held yet."""
        with self._lock:
            if self._pipe is None:
                return False
            unread = array.array("i", [0])
            fcntl.ioctl(self._pipe, termios.FIONREAD, unread)
            return unread[0] > 0

    def _read(self, descriptor: int) -> None:
        part = b""
        while chunk := self._next(descriptor):
            *lines, part = (part + self._fitting(chunk)).split(b"\n")
            for line in lines:
                _write(line)
        os.close(descriptor)
        if part:
            _write(part)

    def _next(self, descriptor: int) -> bytes:
        """The next bytes; none at the end. What was read is held before anyone can see that nothing waits."""
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        ready.poll()
        with self._lock:
            chunk = os.read(descriptor, CHUNK)
            self._held += chunk
            self.printed += len(chunk)
            if len(self._held) > 4 * HELD_BYTES:
                del self._held[:-HELD_BYTES]
            if not chunk and self._pipe == descriptor:
                self._pipe = None
        return chunk

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
