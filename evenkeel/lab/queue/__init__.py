"""The Celery app, and the messages that wake workers. A message only says that there is work. The store alone says
which."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amqp.exceptions import AMQPError
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue.brokers import REDIS, Messages, broker_at, queue_name
from evenkeel.lab.queue.channels import use_channels
from evenkeel.lab.queue.messages import MESSAGE_VERSION, TASK
from evenkeel.settings import Settings

__all__ = ["MESSAGE_VERSION", "TASK", "BrokerAway", "Doorbell", "Messages", "make_celery", "queue_name"]

# kombu raises its own OperationalError for most faults. Some of its calls let errors of the client and of the socket
# through.
FAULTS = (OperationalError, AMQPError, RedisError, OSError)

# Before a broker that does not answer is asked once more.
RETRY_SECONDS = 0.2

log = logging.getLogger(__name__)


class BrokerAway(Exception):
    """The broker does not answer. The message is one line, from its client."""


def make_celery(settings: Settings) -> Celery:
    """The Celery app of the lab.

    Messages are acknowledged early and, with Redis, not prefetched. Redis would deliver a late-acknowledged message
    again after an hour, while its run still trains. The leases in the store ensure instead that no run is lost. There
    are no results, messages are JSON only, workers take no commands through the broker, and the app waits for a broker
    that goes away.
    """
    use_channels()
    broker = broker_at(settings.broker_url)
    app = Celery("evenkeel", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=queue_name(Device.ANY),
        task_acks_late=False,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        # Celery can do this for Redis alone.
        worker_disable_prefetch=broker is REDIS,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=dict(broker.options),
    )
    return app


class Doorbell:
    """Wakes workers for queued runs. If the broker is away, runs only start later: the reconciler sends the messages
    again."""

    def __init__(self, settings: Settings) -> None:
        self.app, self.broker = make_celery(settings), broker_at(settings.broker_url)

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
        with self._channel() as channel:
            return self.broker.look(channel)

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        """A channel to the broker. Raises BrokerAway."""
        try:
            with self.app.connection_for_read(transport_options=self._impatient) as connection:
                connection.ensure_connection(max_retries=1, interval_start=RETRY_SECONDS, timeout=3)
                with connection.channel() as channel:
                    yield channel
        except FAULTS as error:
            raise BrokerAway(_first_line(error)) from error

    @property
    def _impatient(self) -> dict[str, float]:
        return dict(self.broker.impatient)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
