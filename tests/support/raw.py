"""Speaks to a server as no HTTP client does: whatever bytes, in whatever pieces."""

import os
import re
import select
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

# Far longer than the server takes, even on a busy machine: a server that does not end the connection fails the test.
PATIENCE_SECONDS = 60


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((str(address.hostname), address.port or 80), timeout=PATIENCE_SECONDS)


def send(connection: socket.socket, data: bytes) -> bool:
    """Send the bytes. Returns whether the server took them all."""
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


def read_to_end(connection: socket.socket) -> bytes:
    """All that the server sends until it ends the connection.

    Raises:
        TimeoutError: It does not end the connection.
    """
    received = bytearray()
    with suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    return bytes(received)


def drip(connection: socket.socket, data: bytes, pause: float = 0.02) -> None:
    """Send byte after byte, until all are sent or the server says something."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for k in range(len(data)):
        if not send(connection, data[k : k + 1]) or select.select([connection], [], [], pause)[0]:
            return


def talk(url: str, data: bytes) -> bytes:
    """Send the bytes on a connection of their own, and return what the server sends until it ends it."""
    with connect(url) as connection:
        send(connection, data)
        return read_to_end(connection)


def statuses(received: bytes) -> list[int]:
    """The status of every answer, '100 Continue' too."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def memory(pid: int) -> int:
    """The resident memory of a server, in bytes: of the process and of its children."""
    pages = (int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in _processes(pid))
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


def num_sockets(pid: int) -> int:
    """The number of sockets that a server and its children have open."""
    return sum(target.startswith("socket:") for each in _processes(pid) for target in _open_files(each))


def _processes(pid: int) -> list[int]:
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def _open_files(pid: int) -> Iterator[str]:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # It was closed meanwhile.
            yield os.readlink(link)
