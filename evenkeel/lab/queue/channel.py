"""Takes messages from Redis: those of the lab are made anew, and all else is dropped."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Any

from kombu.transport import redis as kombu_redis
from redis.exceptions import RedisError, ResponseError

from evenkeel.lab.queue.messages import read_version, write_message

# In Redis: the number of messages that were dropped.
NUM_DROPPED = "evenkeel.dropped"
# How much of a dropped message the log shows, in bytes.
SHOWN_BYTES = 80

log = logging.getLogger(__name__)


class QoS(kombu_redis.QoS):
    """Gives no message back to the queue. Kombu would put back those that were taken and not handled, and read them for
    that without checking them. None is needed: while runs are queued, the reconciler sends new ones."""

    def restore_visible(self, *how: Any, **more: Any) -> None:
        with self.channel.mended():
            super().restore_visible(*how, **more)  # type: ignore[no-untyped-call]

    def ack(self, delivery_tag: str) -> None:
        with self.channel.mended():
            self._remove_from_indices(delivery_tag).execute()  # type: ignore[no-untyped-call]
        # In any case this process must not count it as a message at work: it would take no other.
        super(kombu_redis.QoS, self).ack(delivery_tag)  # type: ignore[no-untyped-call]

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        self._remove_from_indices(tag).execute()  # type: ignore[no-untyped-call]


class Channel(kombu_redis.Channel):
    """Hands on only messages of the lab. Kombu's own channel would end the whole worker at one that it cannot read."""

    QoS = QoS

    def _create_client(self, asynchronous: bool = False) -> Any:
        client = super()._create_client(asynchronous)  # type: ignore[no-untyped-call]
        client.set_response_callback("BRPOP", self._read)
        return client

    def _size(self, queue: str) -> int:
        with self.mended([queue]):
            return int(super()._size(queue))  # type: ignore[no-untyped-call]
        return 0

    def _brpop_read(self, **options: Any) -> Any:
        with self.mended(self.active_queues):
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        raise Empty

    @contextmanager
    def mended(self, queues: Iterable[str] = ()) -> Iterator[None]:
        """If a key stands where a queue should, or what kombu keeps beside them, and is something else, delete it. The
        block then ends without its error."""
        try:
            yield
        except ResponseError as error:
            if "WRONGTYPE" not in str(error):
                raise
            log.error("a key of Redis has the name of a queue and is none, so it is deleted: %.200s", error)
            steps = self.priority_steps
            names = [self._q_for_pri(queue, step) for queue in queues for step in steps]  # type: ignore[no-untyped-call]
            kinds = dict.fromkeys(names, b"list") | {self.unacked_key: b"hash", self.unacked_index_key: b"zset"}
            with self.conn_or_acquire() as client:
                for name, kind in kinds.items():
                    if client.type(name) not in (kind, b"none"):
                        client.delete(name)

    def _read(self, reply: tuple[bytes, bytes] | None, **_: Any) -> tuple[bytes, str] | None:
        """The reply of Redis with a message that is safe to handle; None, as if there were none, if it was dropped."""
        if reply is None:
            return None
        queue, text = reply
        try:
            return queue, write_message(read_version(text), queue.decode(errors="replace"))
        except ValueError as error:
            log.error("a message that cannot be read is dropped: %.200s; it begins with %r", error, text[:SHOWN_BYTES])
        try:
            with self.conn_or_acquire() as client:
                client.incr(NUM_DROPPED)
        except RedisError as error:
            log.warning("a dropped message is not counted: %.200s", error)
        return None


class Transport(kombu_redis.Transport):
    Channel = Channel
