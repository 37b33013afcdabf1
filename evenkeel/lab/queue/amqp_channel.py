"""Takes messages from RabbitMQ, reads each down to its version, and hands on one that is made anew."""

import base64
import json
import logging
from typing import Any

import amqp
from kombu.transport import pyamqp

from evenkeel.lab.queue.messages import read_call, write_message

# What stands for a message that cannot be read. A worker ignores a message of this version, and says so.
UNREADABLE = 0

log = logging.getLogger(__name__)


class Channel(pyamqp.Channel):
    """Hands on only messages of the lab. Celery would obey others, such as calls of its own tasks."""

    def message_to_python(self, raw_message: Any) -> Any:
        headers, content_type = raw_message.headers, raw_message.properties.get("content_type")
        try:
            version = read_call(headers, content_type, raw_message.body)
        except ValueError as error:
            log.error("a message that cannot be read is dropped: %.200s", error)
            version = UNREADABLE
        ours = json.loads(write_message(version, ""))
        anew = amqp.Message(
            base64.b64decode(ours["body"]),
            channel=self,
            content_type=ours["content-type"],
            content_encoding=ours["content-encoding"],
            application_headers=ours["headers"],
            correlation_id=ours["properties"]["correlation_id"],
        )
        # By this, RabbitMQ knows which message is acknowledged.
        anew.delivery_info = raw_message.delivery_info
        return super().message_to_python(anew)  # type: ignore[no-untyped-call]


class Connection(pyamqp.Connection):
    Channel = Channel


class Transport(pyamqp.Transport):
    Connection = Connection


class SSLTransport(pyamqp.SSLTransport):
    Connection = Connection
