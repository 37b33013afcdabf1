"""The messages that wake workers: waiting ones are counted, and a broker that is away gives one kind of error."""

import logging
import socket
import subprocess
import threading
from collections.abc import Iterator

import pytest
from records import TAKER, make_cell
from services import wait_for

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue import BrokerAway, Doorbell
from evenkeel.lab.reconcile import reconcile
from evenkeel.settings import Settings
from evenkeel.store import Store


def doorbell_at(port: int) -> Doorbell:
    return Doorbell(Settings(broker_url=f"redis://127.0.0.1:{port}/0"))


@pytest.fixture
def no_redis() -> Iterator[int]:
    """The port of a server that is not a Redis."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(1024)
                    caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def counted(doorbell: Doorbell) -> dict[Device, int] | None:
    try:
        return doorbell.messages().waiting
    except BrokerAway:
        return None


def test_a_message_waits_until_a_worker_takes_it(redis: tuple[int, subprocess.Popen[bytes]]) -> None:
    doorbell = doorbell_at(redis[0])
    wait_for(lambda: counted(doorbell), 20, "Redis")
    assert doorbell.ring(Device.ANY, 3)
    assert doorbell.ring(Device.CUDA, 1)
    assert doorbell.ring(Device.CPU, 0)
    assert doorbell.messages().waiting == {Device.ANY: 3, Device.CPU: 0, Device.CUDA: 1}


def is_away(doorbell: Doorbell, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BrokerAway) as caught:
        doorbell.messages()
    assert str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is not None
    with caplog.at_level(logging.WARNING):
        assert not doorbell.ring(Device.ANY, 1)
    assert "the broker cannot be reached" in caplog.text


def test_a_broker_that_is_not_there_is_away(caplog: pytest.LogCaptureFixture) -> None:
    is_away(doorbell_at(1), caplog)


def test_a_broker_that_speaks_something_else_is_away(no_redis: int, caplog: pytest.LogCaptureFixture) -> None:
    is_away(doorbell_at(no_redis), caplog)


def test_a_broker_that_went_away_is_away(
    redis: tuple[int, subprocess.Popen[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    port, server = redis
    doorbell = doorbell_at(port)
    wait_for(lambda: counted(doorbell), 20, "Redis")
    server.kill()
    server.wait(30)
    is_away(doorbell, caplog)


def test_leases_are_taken_back_while_the_broker_is_away(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.grids.ensure("exp", [make_cell()], [0])
    assert store.claims.take(TAKER, -1) is not None
    with caplog.at_level(logging.WARNING):
        assert reconcile(store, doorbell_at(1), max_crashes=3) == (1, 0)
    assert "the broker cannot be reached" in caplog.text
