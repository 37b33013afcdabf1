"""Speaks to a server as no HTTP client does: whatever bytes, in whatever pieces."""

import os
import re
import select
import socket
from contextlib import suppress
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
    """The resident memory of a process, in bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def num_connections(pid: int) -> int:
    """The number of sockets that a process has open."""
    links = (os.readlink(f"/proc/{pid}/fd/{name}") for name in _names(pid))
    return sum(link.startswith("socket:") for link in links)


def _names(pid: int) -> list[str]:
    return [name for name in os.listdir(f"/proc/{pid}/fd") if os.path.lexists(f"/proc/{pid}/fd/{name}")]
