"""The child's end of the socket to its supervisor. Each message is one line."""

import queue
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from trainer.codec import ProtocolError
from trainer.protocol import Event, Stop, TrainRun, decode_order, encode


@dataclass(frozen=True)
class Ordered:
    """An order to train a run, or what is wrong with an order. `stop` is set once the run must stop."""

    order: TrainRun | ProtocolError
    stop: threading.Event


class Pipe:
    """Sends events. A thread of its own reads orders, so that a run can be told to stop while it trains.

    Attributes:
        sent: When it last sent an event, on the clock of `time.monotonic`.
    """

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._events = self._socket.makefile("w", encoding="utf-8")
        self._orders: queue.Queue[Ordered | None] = queue.Queue()
        self.sent = time.monotonic()
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    def send(self, event: Event) -> None:
        """Send an event. What was printed before it is there before it."""
        _flush()
        self._events.write(encode(event) + "\n")
        self._events.flush()
        self.sent = time.monotonic()

    def receive(self) -> Ordered | None:
        """The next order to train a run; None if the supervisor has ended."""
        return self._orders.get()

    def close(self) -> None:
        self._events.close()
        self._socket.close()

    def _read(self) -> None:
        # A stop is for the run that was ordered last. It must not reach the run that is ordered next.
        stop = threading.Event()
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    order = _decode(line)
                    if isinstance(order, Stop):
                        stop.set()
                    else:
                        stop = threading.Event()
                        self._orders.put(Ordered(order, stop))
        except OSError:
            pass
        self._orders.put(None)


def _flush() -> None:
    # The code of a task may have put anything in their place.
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


def _decode(line: bytes) -> TrainRun | Stop | ProtocolError:
    try:
        return decode_order(line)
    except ProtocolError as error:
        return error
