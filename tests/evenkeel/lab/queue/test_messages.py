"""Messages that nobody can read, on a real Redis: a worker drops each of them and goes on."""

import base64
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kombu
import pytest
from services import wait_for

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue import BrokerAway, Doorbell, queue_name
from evenkeel.lab.queue.channel import Transport
from evenkeel.lab.queue.messages import read_version, write_message
from evenkeel.settings import Settings

GOOD: dict[str, Any] = json.loads(write_message(1, "evenkeel.any"))


def with_body(body: object) -> dict[str, Any]:
    return GOOD | {"body": base64.b64encode(json.dumps(body).encode()).decode()}


def text(message: object) -> bytes:
    return json.dumps(message).encode()


NO_MESSAGES = {
    "text": b"hello",
    "nothing": b"",
    "half": b"{",
    "binary": b"\xff\x00\x80\x1b[31m\nFAKE a line",
    "list": b"[]",
    "null": b"null",
    "number": b"1" * 5000,
    "text in JSON": b'"hello"',
    "nested too deep": b"[" * 8000,
    "huge": b"a" * 20_000_000,
    "empty": b"{}",
    "no headers": text({name: part for name, part in GOOD.items() if name != "headers"}),
    "headers are a list": text(GOOD | {"headers": []}),
    "headers are text": text(GOOD | {"headers": "task"}),
    "unknown task": text(GOOD | {"headers": GOOD["headers"] | {"task": "celery.chord"}}),
    "task is a list": text(GOOD | {"headers": {"task": ["evenkeel.work"]}}),
    "no body": text({name: part for name, part in GOOD.items() if name != "body"}),
    "body is no base64": text(GOOD | {"body": "!"}),
    "body is a number": text(GOOD | {"body": 7}),
    "body is no JSON": text(GOOD | {"body": base64.b64encode(b"\xff{").decode()}),
    "body of another shape": text(with_body({"version": 1})),
    "positional arguments": text(with_body([[1], {"version": 1}, {}])),
    "version is no number": text(with_body([[], {"version": "1; DROP"}, {}])),
    "version of a thousand digits": text(
        GOOD | {"body": base64.b64encode(b'[[],{"version":' + b"9" * 1000 + b"},{}]").decode()}
    ),
    "pickle": text(
        GOOD | {"content-type": "application/x-python-serialize", "body": base64.b64encode(pickle.dumps(1)).decode()}
    ),
    "compressed": text(GOOD | {"content-type": "application/octet-stream"}),
}
# Kombu and Celery would stumble over these parts. The lab does not read them.
ODD_BUT_GOOD = {
    "no properties": {name: part for name, part in GOOD.items() if name != "properties"},
    "wrong delivery info": GOOD | {"properties": {"delivery_info": 7, "delivery_tag": {}, "body_encoding": "rot13"}},
    "a date that never comes": GOOD
    | {"headers": GOOD["headers"] | {"eta": "9999-99-99", "expires": [], "retries": "x"}},
    "a name that forges lines": GOOD | {"headers": GOOD["headers"] | {"id": "x\nFAKE", "argsrepr": "y" * 5000}},
    "more calls": with_body([[], {"version": 1}, {"callbacks": [{"task": "celery.map"}], "chord": 7}]),
}


@pytest.mark.parametrize("kind", NO_MESSAGES)
def test_what_is_no_message_of_the_lab_is_said_in_one_short_line(kind: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]{1,300}$"):
        read_version(NO_MESSAGES[kind])


def test_a_message_is_read_down_to_its_version() -> None:
    assert read_version(text(GOOD)) == 1
    assert read_version(text(with_body([[], {"version": 9, "comment": "of a later version"}, None]))) == 9
    assert read_version(text(with_body([[], {}, {}]))) == 0
    assert {read_version(text(message)) for message in ODD_BUT_GOOD.values()} == {1}


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_every_address_of_a_redis_leads_to_the_channel_that_checks(scheme: str) -> None:
    app = Doorbell(Settings(broker_url=f"{scheme}://127.0.0.1:1/0")).app
    assert isinstance(app.connection_for_read().transport, Transport)


# A worker of the lab's Celery app that does no more than say what it is asked for.
WORKER = """
import sys
from evenkeel.lab.queue import TASK, make_celery
from evenkeel.settings import Settings
app = make_celery(Settings(broker_url=sys.argv[1]))
@app.task(name=TASK, shared=False)
def work(version=0, **more):
    print(f"asked {version} {more}", flush=True)
app.worker_main(["worker", "--pool", "threads", "--concurrency", "1", "--loglevel", "INFO", "--queues", "evenkeel.any",
                 "--without-gossip", "--without-mingle", "--without-heartbeat"])
"""


@pytest.fixture
def doorbell(redis: tuple[int, "subprocess.Popen[bytes]"]) -> Doorbell:
    found = Doorbell(Settings(broker_url=f"redis://127.0.0.1:{redis[0]}/0"))
    wait_for(lambda: answers(found), 20, "Redis")
    return found


@pytest.fixture
def log(redis: tuple[int, "subprocess.Popen[bytes]"], doorbell: Doorbell, tmp_path: Path) -> Iterator[Path]:
    """The log of a running worker."""
    path = tmp_path / "worker.log"
    with path.open("wb") as out:
        address = f"redis://127.0.0.1:{redis[0]}/0"
        worker = subprocess.Popen([sys.executable, "-c", WORKER, address], stdout=out, stderr=subprocess.STDOUT)
    yield path
    assert worker.poll() is None, path.read_text()
    worker.terminate()
    worker.wait(30)


def answers(doorbell: Doorbell) -> bool:
    try:
        return bool(doorbell.messages().waiting)
    except BrokerAway:
        return False


def test_a_worker_drops_counts_and_says_what_it_cannot_read_and_serves_the_next_message(
    doorbell: Doorbell, log: Path
) -> None:
    with doorbell.app.connection_for_write() as connection, connection.channel() as channel:
        redis = channel.client
        queue = queue_name(Device.ANY)
        # Kombu gives back what a worker took an hour ago and did not finish. It would read these entries for that.
        redis.hset("unacked", "old", b"no message")
        redis.zadd("unacked_index", {"old": time.time() - 7200})
        redis.lpush(queue, *NO_MESSAGES.values())
        doorbell.ring(Device.ANY, 1)
        redis.lpush(queue, *map(text, ODD_BUT_GOOD.values()))
        redis.publish("/0.celery.pidbox", b"no command")
        redis.publish("/0.celery.pidbox", b"[]")
        good = 1 + len(ODD_BUT_GOOD)
        wait_for(lambda: log.read_text().count("asked 1 {}") == good, 60, "the messages that can be read")
        assert doorbell.messages().dropped == len(NO_MESSAGES)
        wait_for(lambda: not redis.exists("unacked", "unacked_index"), 60, "what was taken before")
        assert not redis.exists(queue)
    lines = log.read_text().splitlines()
    assert sum("a message that cannot be read is dropped" in line for line in lines) == len(NO_MESSAGES)
    assert max(map(len, lines)) < 700
    assert not any(line.startswith("FAKE") or "\x1b" in line for line in lines)
    doorbell.ring(Device.ANY, 1)
    wait_for(lambda: log.read_text().count("asked 1 {}") == good + 1, 60, "a message after all that")


@pytest.mark.parametrize("key", ["evenkeel.any", "unacked", "unacked_index"])
def test_a_key_that_stands_where_a_queue_should_is_deleted_and_the_worker_goes_on(
    key: str, doorbell: Doorbell, log: Path
) -> None:
    with doorbell.app.connection_for_write() as connection, connection.channel() as channel:
        redis, queue = channel.client, queue_name(Device.ANY)
        # At first the worker still starts. The second time it runs.
        for _ in range(2):
            redis.set(key, b"hello")
            if key == queue:
                wait_for(lambda: redis.type(key) != b"string", 60, "the worker deletes the key")
            before = log.read_text().count("asked 1 {}")
            # A message may be lost while a key is wrong. Then the reconciler sends another one.
            wait_for(
                lambda served=before: doorbell.ring(Device.ANY, 1) and log.read_text().count("asked 1 {}") > served,
                60,
                "a message after that",
            )
    assert "so it is deleted: " in log.read_text()


def test_a_message_that_was_taken_and_not_handled_does_not_come_back(doorbell: Doorbell) -> None:
    doorbell.ring(Device.CPU, 1)
    with doorbell.app.connection_for_read() as connection, connection.channel() as channel:
        taken: list[Any] = []
        queue = kombu.Queue(queue_name(Device.CPU), channel=channel)
        with kombu.Consumer(channel, [queue], on_message=taken.append):
            while not taken:
                connection.drain_events(timeout=10)
        assert channel.client.exists("unacked") == 1
        taken[0].requeue()
        assert channel.client.exists("unacked", queue_name(Device.CPU)) == 0
