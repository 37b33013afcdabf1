"""The Celery app, and the messages that wake workers. A message only says that there is work. The store alone says
which."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue.channel import NUM_DROPPED, use_channel
from evenkeel.lab.queue.messages import MESSAGE_VERSION, TASK
from evenkeel.settings import Settings

__all__ = ["MESSAGE_VERSION", "TASK", "BrokerAway", "Doorbell", "Messages", "make_celery", "queue_name"]

# kombu raises its own OperationalError for most faults. Some of its calls let errors of redis-py and of the socket
# through.
FAULTS = (OperationalError, RedisError, OSError)

# Before a broker that does not answer is asked once more.
RETRY_SECONDS = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Messages:
    """Attributes:
    waiting: Device -> number of messages for it that no worker has taken yet.
    dropped: The number of messages that workers could not read and dropped.
    """

    waiting: Mapping[Device, int]
    dropped: int


class BrokerAway(Exception):
    """Redis does not answer. The message is one line, from the Redis client."""


def queue_name(device: Device) -> str:
    return f"evenkeel.{device}"


def make_celery(settings: Settings) -> Celery:
    """The Celery app of the lab.

    Messages are acknowledged early and not prefetched. Redis would deliver a late-acknowledged message again after an
    hour, while its run still trains. The leases in the store ensure instead that no run is lost. There are no results,
    messages are JSON only, workers take no commands through Redis, and the app waits for a broker that goes away.
    """
    use_channel()
    app = Celery("evenkeel", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=queue_name(Device.ANY),
        task_acks_late=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_timeout": 30,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 25,
        },
    )
    return app


class Doorbell:
    """Wakes workers for queued runs. If the broker is away, runs only start later: the reconciler sends the messages
    again."""

    def __init__(self, settings: Settings) -> None:
        self.app = make_celery(settings)

    def ring(self, device: Device, times: int) -> bool:
        """Wake `times` slots with that device. False if the broker is away; the log then says why."""
        if times == 0:
            return True
        try:
            with self.app.connection_for_write(transport_options=self._impatient) as connection:
                with self.app.amqp.Producer(connection) as producer:
                    for _ in range(times):
                        self.app.send_task(
                            TASK,
                            kwargs={"version": MESSAGE_VERSION},
                            queue=queue_name(device),
                            producer=producer,
                            retry=False,
                        )
            return True
        except FAULTS as error:
            log.warning("the broker cannot be reached, so runs stay queued in the store: %s", _first_line(error))
            return False

    def messages(self) -> Messages:
        """What became of the messages so far. Raises BrokerAway."""
        with self._redis() as redis:
            waiting = {device: int(redis.llen(queue_name(device))) for device in Device}
            dropped = redis.get(NUM_DROPPED) or b""
        return Messages(waiting, int(dropped) if dropped.isdigit() else 0)

    @contextmanager
    def _redis(self) -> Iterator[Any]:
        """A client of the broker. Raises BrokerAway."""
        try:
            with self.app.connection_for_read(transport_options=self._impatient) as connection:
                connection.ensure_connection(max_retries=1, interval_start=RETRY_SECONDS, timeout=3)
                with connection.channel() as channel:
                    yield channel.client
        except FAULTS as error:
            raise BrokerAway(_first_line(error)) from error

    @property
    def _impatient(self) -> dict[str, float]:
        return {"socket_timeout": 5, "socket_connect_timeout": 2, "max_retries": 0, "connect_retries_timeout": 2}


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
