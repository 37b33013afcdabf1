"""A real API server with its own store, without the rest of the stack."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from services import wait_for

from evenkeel.records.keys import Role, make_key
from evenkeel.stack.ports import free_ports
from evenkeel.store import Store

NO_BROKER = "redis://127.0.0.1:1/0"
NO_MLFLOW = "http://127.0.0.1:1"
# Without processes for heavy answers, a server starts in half the time. For tests that ask for none.
LIGHT = {"EVENKEEL_ANSWER_PROCESSES": "0"}


def add_key(store: Store, role: Role = Role.WRITE, name: str = "test") -> str:
    """Add a new key to the store and return it."""
    key_id, kept, key = make_key()
    store.keys.add(key_id, name, role, kept)
    return key


@contextmanager
def api_server(database_url: str, log: Path, **settings: str) -> Iterator[str]:
    """Run `python -m api` on a free port and give its URL. The store must be migrated already."""
    with api_process(database_url, log, **settings) as (url, _):
        yield url


@contextmanager
def api_process(database_url: str, log: Path, **settings: str) -> Iterator[tuple[str, int]]:
    """The same, and the process id of the server."""
    [port] = free_ports([int(settings.pop("EVENKEEL_PORT", "0"))])
    environment = os.environ | {
        "EVENKEEL_DATABASE_URL": database_url,
        "EVENKEEL_BROKER_URL": NO_BROKER,
        "EVENKEEL_PORT": str(port),
        **settings,
    }
    with log.open("ab") as file:
        server = subprocess.Popen([sys.executable, "-m", "api"], env=environment, stdout=file, stderr=file)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(url, server, log), 60, "the API")
        yield url, server.pid
    finally:
        server.terminate()
        server.wait(30)


def _answers(url: str, server: subprocess.Popen[bytes], log: Path) -> bool:
    if server.poll() is not None:
        raise AssertionError(log.read_text())
    try:
        return httpx.get(f"{url}/healthz", timeout=2).is_success
    except httpx.HTTPError:
        return False
