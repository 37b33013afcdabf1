"""Real brokers for tests, each on a free port of this machine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from services import wait_for

from evenkeel.lab.queue import BrokerAway, Doorbell
from evenkeel.settings import Settings
from evenkeel.stack.ports import free_ports
from evenkeel.stack.redis import find_redis_server


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port and the process of a Redis."""
    [port] = free_ports([0])
    command = [find_redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield port, server
    finally:
        server.kill()
        server.wait(30)


@contextmanager
def rabbitmq_server(folder: Path) -> Iterator[str]:
    """The address of a RabbitMQ. Skips the test where none is installed (Debian: apt install rabbitmq-server)."""
    program = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    if not program.exists():
        pytest.skip("RabbitMQ is not installed")
    names, port, between = free_ports([0, 0, 0])
    environment = os.environ | {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "evenkeel@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(between),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }
    with (folder / "rabbitmq.log").open("wb") as log:
        # Erlang starts this one by itself, and then it would outlive the test.
        epmd = subprocess.Popen(["epmd", "-port", str(names), "-address", "127.0.0.1"], stdout=log, stderr=log)
        server = subprocess.Popen([program], env=environment, stdout=log, stderr=log)
    try:
        yield f"amqp://guest:guest@127.0.0.1:{port}//"
    finally:
        for each in (server, epmd):
            each.kill()
            each.wait(30)


def doorbell_at(url: str, seconds: float = 20) -> Doorbell:
    """A doorbell, once the broker answers."""
    doorbell = Doorbell(Settings(broker_url=url))
    wait_for(lambda: answers(doorbell), seconds, "the broker")
    return doorbell


def answers(doorbell: Doorbell) -> bool:
    try:
        return bool(doorbell.messages().waiting)
    except BrokerAway:
        return False
