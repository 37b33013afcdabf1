"""A Redis of its own for each test."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.stack.ports import free_ports
from evenkeel.stack.redis import find_redis_server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port and the process of a Redis."""
    [port] = free_ports([0])
    command = [find_redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield port, server
    server.kill()
    server.wait(30)
