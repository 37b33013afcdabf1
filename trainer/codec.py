"""Turns frozen dataclasses into lines of JSON and back. A line that does not match its class exactly is refused."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_type_hints

from evenkeel.plugins import Outcome

Message = TypeVar("Message")


class ProtocolError(Exception):
    """A message cannot be sent, or a line is not a known message. The text of the error says what is wrong."""


def write_line(tag: str, message: object) -> str:
    """Write a message as one line of JSON, without a line break.

    Args:
        tag: The name of the message's class on the wire.
        message: A dataclass instance.

    Raises:
        ProtocolError: If JSON cannot express a value, such as NaN.
    """
    try:
        return json.dumps({"type": tag, **vars(message)}, default=_text_of_bytes, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"{tag} cannot be sent: {error}") from error


def read_line(what: str, known: Mapping[str, type[Message]], line: str | bytes) -> Message:
    """Read a message from one line of JSON.

    Args:
        what: The kind of message, for the text of errors, such as 'order'.
        known: tag -> dataclass.

    Raises:
        ProtocolError: If the line is not exactly one of the known messages.
    """
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise ProtocolError(f"this {what} is not a JSON object: {line[:100]!r}")
    tag = fields.pop("type", None)
    if not isinstance(tag, str) or tag not in known:
        raise ProtocolError(f"unknown {what} {tag!r}; known: {', '.join(known)}")
    kinds = get_type_hints(known[tag])
    if missing := sorted(kinds.keys() - fields.keys()):
        raise ProtocolError(f"{what} {tag!r}: these fields are missing: {', '.join(missing)}")
    if unknown := sorted(fields.keys() - kinds.keys()):
        raise ProtocolError(f"{what} {tag!r}: these fields are unknown: {', '.join(unknown)}")
    return known[tag](**{name: _read(f"{what} {tag!r}", name, kind, fields[name]) for name, kind in kinds.items()})


def _read(where: str, name: str, kind: Any, value: Any) -> Any:
    try:
        return READERS[kind](value)
    except (TypeError, ValueError) as error:
        expected = kind.__name__ if isinstance(kind, type) else kind
        raise ProtocolError(f"{where}: {name} must be {expected}, not {value!r:.100}") from error


def _exactly(*kinds: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(value)
        return value

    return read


_text, _dict = _exactly(str), _exactly(dict)


def _number(value: Any) -> float:
    return float(_exactly(int, float)(value))


def _values(value: Any) -> dict[str, float | None]:
    return {name: None if one is None else _number(one) for name, one in _dict(value).items()}


def _texts(value: Any) -> dict[str, str]:
    return {name: _text(one) for name, one in _dict(value).items()}


def _bytes(value: Any) -> bytes:
    return base64.b64decode(_text(value), validate=True)


def _text_of_bytes(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"JSON cannot express a {type(value).__name__}")
    return base64.b64encode(value).decode()


# Type of a field -> the function that reads the field from JSON. It raises TypeError or ValueError for a wrong value.
READERS: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    int: _exactly(int),
    bool: _exactly(bool),
    float: _number,
    bytes: _bytes,
    Outcome: Outcome,
    int | None: _exactly(int, type(None)),
    dict[str, Any]: _dict,
    dict[str, str]: _texts,
    dict[str, float | None]: _values,
}
