"""A deployment begins while its Postgres still starts."""

import threading
import time
from urllib.parse import urlsplit

import psycopg
import pytest
from proxy import Proxy, Way

from evenkeel.stack import databases
from evenkeel.stack.ports import free_ports


@pytest.fixture
def door(postgres: str) -> Proxy:
    """A proxy before Postgres that lets nobody in yet."""
    [port] = free_ports([0])
    proxy = Proxy(port, urlsplit(postgres).port or 0)
    proxy.set(Way.DROP)
    return proxy


@pytest.mark.stack
def test_whoever_makes_the_databases_waits_until_postgres_lets_it_in(postgres: str, door: Proxy) -> None:
    threading.Timer(0.7, door.set, [Way.PASS]).start()
    began = time.monotonic()
    with databases.connect(host="127.0.0.1", port=door.port, user="lab", dbname="postgres") as db:
        assert db.execute("SELECT 1").fetchone() == (1,)
    assert time.monotonic() - began >= 0.7
    door.close()


@pytest.mark.stack
def test_a_postgres_that_stays_away_is_an_error(door: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(psycopg.OperationalError):
        databases.connect(host="127.0.0.1", port=door.port, user="lab", dbname="postgres")
    door.close()
