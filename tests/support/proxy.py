"""A TCP proxy before a service, which a test can make as bad as a network gets."""

import socket
import struct
import threading
import time
from contextlib import suppress
from enum import StrEnum

CHUNK = 65536


class Way(StrEnum):
    """What the proxy does with the traffic.

    PASS: It passes all on. DROP: Connections are reset, and new ones too. DELAY: Each piece waits for some seconds.
    SILENT: Connections stay open and new ones are accepted, but nothing is passed on. Once that is over, those
    connections are reset, since the other side knows nothing of them.
    """

    PASS = "pass"
    DROP = "drop"
    DELAY = "delay"
    SILENT = "silent"


class Proxy:
    """Listens on `port` of the loopback, and connects each caller with `target` there."""

    def __init__(self, port: int, target: int, delay_seconds: float = 5.0) -> None:
        self.port, self.target, self.delay_seconds = port, target, delay_seconds
        self.way = Way.PASS
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, way: Way) -> None:
        """Change what happens to the traffic from now on, also to that of open connections."""
        if way is Way.DROP or self.way is Way.SILENT:
            self.way = Way.DROP
            self._reset_all()
        self.way = way

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset_all()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(caller,), daemon=True).start()

    def _connect(self, caller: socket.socket) -> None:
        if self.way is Way.DROP:
            return _reset(caller)
        try:
            service = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            return _reset(caller)
        service.settimeout(None)
        with self._lock:
            self._pairs.append((caller, service))
        for source, sink in ((caller, service), (service, caller)):
            threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                if self.way is Way.DELAY:
                    time.sleep(self.delay_seconds)
                if self.way is not Way.SILENT:
                    sink.sendall(chunk)
        if self.way is Way.PASS:
            # One side has said all that it has to say.
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

    def _reset_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for connection in (one for pair in pairs for one in pair):
            _reset(connection)


def _reset(connection: socket.socket) -> None:
    """Close a connection with a reset instead of a proper end."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # This wakes the thread that waits for the connection. Only once it has let go of it, closing has an effect.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
    connection.close()
