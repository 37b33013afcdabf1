"""Reads what lies in the queue. Anybody who reaches Redis can put something there, so a message is read down to the one
number that it has to say, and the worker gets a new message with that number. All else is dropped."""

import base64
import json
import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty
from typing import Annotated, Any, Literal

from kombu import transport
from kombu.transport import redis as kombu_redis
from pydantic import Base64Bytes, BaseModel, Field, TypeAdapter, ValidationError
from redis.exceptions import RedisError, ResponseError

TASK = "evenkeel.work"
MESSAGE_VERSION = 1

# In Redis: the number of messages that were dropped.
NUM_DROPPED = "evenkeel.dropped"
# How much of a dropped message the log shows, in bytes.
SHOWN_BYTES = 80
# A message of the lab has about 700 bytes.
MAX_BYTES = 16_384

log = logging.getLogger(__name__)


class Version(BaseModel):
    """What a message says. Messages of earlier versions of the lab name no version."""

    version: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Headers(BaseModel):
    task: Literal["evenkeel.work"]


class Envelope(BaseModel):
    """What the lab puts into the queue, as far as it has to be read: a call of its one task, as JSON."""

    body: Annotated[Base64Bytes, Field(strict=True)]
    headers: Headers
    content_type: Literal["application/json"] = Field(alias="content-type")


# The positional arguments of the task, its keywords, and what Celery adds.
BODY = TypeAdapter(tuple[tuple[()], Version, Any])


def read_version(text: bytes) -> int:
    """The version that a message names. Raises ValueError: it is no message of the lab."""
    if len(text) > MAX_BYTES:
        raise ValueError(f"it has {len(text):,} bytes, and a message has at most {MAX_BYTES:,}")
    try:
        envelope = Envelope.model_validate_json(text)
        return BODY.validate_json(envelope.body)[1].version
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, problem['loc'])) or 'it'}: {problem['msg']}") from None


def write_message(version: int, queue: str) -> str:
    """A message in the form of Celery's protocol 2, as kombu keeps it in Redis."""
    body = json.dumps([[], {"version": version}, {}]).encode()
    message_id = str(uuid.uuid4())
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {"lang": "py", "task": TASK, "id": message_id, "root_id": message_id},
            "properties": {
                "body_encoding": "base64",
                "correlation_id": message_id,
                "delivery_tag": str(uuid.uuid4()),
                "delivery_info": {"exchange": "", "routing_key": queue},
            },
        }
    )


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


def use_channel() -> None:
    """Let addresses of Redis, with and without TLS, lead to this module's channel."""
    transport.TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:{Transport.__name__}"))
