"""What a message says: one number. Anybody who reaches Redis can put something into the queue, so a message is read
down to that number, and the worker gets a new message with it."""

import base64
import json
import uuid
from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BaseModel, Field, TypeAdapter, ValidationError

TASK = "evenkeel.work"
MESSAGE_VERSION = 1

# A message of the lab has about 700 bytes.
MAX_BYTES = 16_384


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


def read_call(headers: object, content_type: object, body: object) -> int:
    """The same for a message whose parts came one by one."""
    data = body.encode() if isinstance(body, str) else body
    text = base64.b64encode(data).decode() if isinstance(data, bytes | bytearray | memoryview) else None
    try:
        whole = json.dumps({"headers": headers, "content-type": content_type, "body": text}, default=str)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("its headers are none") from None
    return read_version(whole.encode())


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
