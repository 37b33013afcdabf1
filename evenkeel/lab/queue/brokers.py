"""What differs between the brokers: Redis and Valkey, which speak the same, and RabbitMQ.

What a message says, and who sends it when, is the same for all. None of them has to keep a message: while runs are
queued and none waits, the reconciler sends new ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue.channel import NUM_DROPPED


@dataclass(frozen=True)
class Messages:
    """Attributes:
    waiting: Device -> number of messages for it that no worker has taken yet.
    dropped: The number of messages that workers could not read and dropped; None if the broker does not count them.
    """

    waiting: Mapping[Device, int]
    dropped: int | None


@dataclass(frozen=True)
class Broker:
    """One kind of broker.

    Attributes:
        look: Finds out what became of the messages so far, with an open channel.
        options: Options of a worker's connection.
        impatient: Those of a connection that somebody waits for.
        spare_threads: Threads of a worker beside one for each slot. RabbitMQ closes the connection to a worker that
            holds a message for half an hour. With a thread to spare, a worker takes each message at once, and ignores
            it if no slot is free: a slot looks for its next run by itself.
    """

    look: Callable[[Any], Messages]
    options: Mapping[str, float]
    impatient: Mapping[str, float]
    spare_threads: int = 0


def queue_name(device: Device) -> str:
    return f"evenkeel.{device}"


def _look_at_redis(channel: Any) -> Messages:
    waiting = {device: int(channel.client.llen(queue_name(device))) for device in Device}
    dropped = channel.client.get(NUM_DROPPED) or b""
    return Messages(waiting, int(dropped) if dropped.isdigit() else 0)


def _look_at_rabbitmq(channel: Any) -> Messages:
    # A queue that is not there yet is made as Celery makes it.
    declare = channel.queue_declare
    counts = {device: declare(queue_name(device), durable=True, auto_delete=False).message_count for device in Device}
    return Messages(counts, None)


REDIS = Broker(
    _look_at_redis,
    {"socket_timeout": 30, "socket_connect_timeout": 5, "socket_keepalive": True, "health_check_interval": 25},
    {"socket_timeout": 5, "socket_connect_timeout": 2, "max_retries": 0, "connect_retries_timeout": 2},
)
RABBITMQ = Broker(
    _look_at_rabbitmq,
    {"connect_timeout": 5},
    {"connect_timeout": 2, "read_timeout": 5, "write_timeout": 5, "max_retries": 0, "connect_retries_timeout": 2},
    spare_threads=1,
)

# The beginning of EVENKEEL_BROKER_URL -> its broker.
BROKERS = {"redis": REDIS, "rediss": REDIS, "valkey": REDIS, "amqp": RABBITMQ, "amqps": RABBITMQ}


def broker_at(url: str) -> Broker:
    """Raises ValueError if there is no such broker."""
    scheme = url.partition("://")[0]
    if scheme not in BROKERS:
        known = ", ".join(f"{each}://" for each in BROKERS)
        raise ValueError(f"EVENKEEL_BROKER_URL begins with {scheme!r:.40}; it must begin with one of: {known}")
    return BROKERS[scheme]
