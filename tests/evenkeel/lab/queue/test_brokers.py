"""RabbitMQ carries the messages as Redis does. The tests of messages say what is read in one."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import doorbell_at, rabbitmq_server
from services import wait_for

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue import Doorbell, make_celery, queue_name
from evenkeel.lab.queue.brokers import BROKERS
from evenkeel.lab.queue.channels import CHANNELS
from evenkeel.lab.queue.messages import read_call
from evenkeel.settings import Settings

from .test_messages import GOOD, NO_MESSAGES, WORKER


@pytest.mark.parametrize("scheme", BROKERS)
def test_every_broker_has_a_channel_that_checks_messages(scheme: str) -> None:
    [channel] = [channel for schemes, channel in CHANNELS.items() if scheme in schemes]
    transport = make_celery(Settings(broker_url=f"{scheme}://127.0.0.1:1")).connection_for_read().transport
    assert f"{type(transport).__module__}:{type(transport).__name__}" == channel


def test_another_broker_is_refused_and_those_that_there_are_are_named() -> None:
    with pytest.raises(
        ValueError, match=r"begins with 'sqs'; it must begin with one of: redis://, rediss://, valkey://"
    ):
        make_celery(Settings(broker_url="sqs://somewhere"))


@pytest.mark.parametrize(
    ("headers", "kind", "body"),
    [
        ({}, "application/json", b'[[],{"version":1},{}]'),
        ({"task": "celery.chord"}, "application/json", b'[[],{"version":1},{}]'),
        ({"task": "evenkeel.work"}, "application/x-python-serialize", b"\x80"),
        ({"task": "evenkeel.work"}, "application/json", b"\xff"),
        ({"task": "evenkeel.work"}, "application/json", None),
        ({"task": "evenkeel.work"}, "application/json", b"[]"),
        (None, None, "hello"),
    ],
)
def test_a_call_that_is_none_of_the_lab_is_refused(headers: object, kind: object, body: object) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]{1,300}$"):
        read_call(headers, kind, body)


def test_a_call_is_read_down_to_its_version() -> None:
    assert read_call(GOOD["headers"], "application/json", b'[[],{"version":7,"more":1},{"chord":"x"}]') == 7


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[str]:
    with rabbitmq_server(tmp_path) as url:
        yield url


def test_rabbitmq_wakes_a_worker_that_ignores_what_it_cannot_read(rabbitmq: str, tmp_path: Path) -> None:
    doorbell = doorbell_at(rabbitmq, 120)
    queue = queue_name(Device.ANY)
    with doorbell.app.connection_for_write() as connection:
        producer = connection.Producer()
        for text in list(NO_MESSAGES.values())[:6]:
            producer.publish(text, routing_key=queue)
        call = [[], {"version": 1}, {"callbacks": [{"task": "celery.map"}]}]
        producer.publish(call, routing_key=queue, serializer="json", headers={"task": "celery.chord", "id": "x"})
        producer.publish(call, routing_key=queue, serializer="json", headers=GOOD["headers"] | {"eta": "9999-99-99"})
    assert doorbell.ring(Device.ANY, 2)
    assert doorbell.ring(Device.CUDA, 1)
    assert doorbell.messages().waiting == {Device.ANY: 10, Device.CPU: 0, Device.CUDA: 1}
    path = tmp_path / "worker.log"
    with path.open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-c", WORKER, rabbitmq], stdout=log, stderr=log)
    try:
        wait_for(lambda: path.read_text().count("asked ") == 10, 120, "all of them")
    finally:
        worker.terminate()
        assert worker.wait(60) == 0
    said = path.read_text()
    assert (said.count("asked 1 {}"), said.count("asked 0 {}")) == (3, 7)
    assert said.count("a message that cannot be read is dropped") == 7
    assert doorbell.messages().waiting == {Device.ANY: 0, Device.CPU: 0, Device.CUDA: 1}


def test_a_rabbitmq_that_is_away_is_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    from evenkeel.lab.queue import BrokerAway

    away = Doorbell(Settings(broker_url="amqp://guest:guest@127.0.0.1:1//"))
    with pytest.raises(BrokerAway, match=r"^[^\n]+$"):
        away.messages()
    assert not away.ring(Device.ANY, 1)
    assert "the broker cannot be reached" in caplog.text
