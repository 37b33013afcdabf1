"""A line that is not exactly a message is refused, and the error says what is wrong."""

import json
import math
from dataclasses import dataclass
from typing import Any

import pytest

from evenkeel.plugins import Outcome
from trainer.codec import ProtocolError, read_line, write_line


@dataclass(frozen=True)
class Everything:
    text: str
    count: int
    flag: bool
    share: float
    bits: bytes
    outcome: Outcome
    epoch: int | None
    levels: dict[str, Any]
    values: dict[str, float | None]
    names: dict[str, str]


WHOLE = Everything("a", 1, True, 0.5, b"\x00\xff", Outcome.COLLAPSED, None, {"a": [1]}, {"b": None}, {"c": "d"})
KNOWN = {"everything": Everything}


def read(line: str | bytes) -> Everything:
    return read_line("message", KNOWN, line)


def test_every_kind_of_field_reads_back() -> None:
    assert read(write_line("everything", WHOLE)) == WHOLE


@pytest.mark.parametrize("line", ["", "nonsense", "[]", "null", '{"type": "everything"', b"\xff\xfe"])
def test_what_is_no_json_object_is_refused(line: str | bytes) -> None:
    with pytest.raises(ProtocolError, match="this message is not a JSON object"):
        read(line)


@pytest.mark.parametrize("tag", [None, 3, ["everything"], "nothing"])
def test_an_unknown_type_is_refused_with_its_name(tag: object) -> None:
    with pytest.raises(ProtocolError) as refused:
        read(json.dumps({"type": tag}))
    assert str(refused.value) == f"unknown message {tag!r}; known: everything"


def test_a_missing_field_and_one_too_many_are_named() -> None:
    fields = json.loads(write_line("everything", WHOLE))
    with pytest.raises(ProtocolError, match="message 'everything': these fields are missing: count, text"):
        read(json.dumps({name: value for name, value in fields.items() if name not in ("text", "count")}))
    with pytest.raises(ProtocolError, match="message 'everything': these fields are unknown: extra"):
        read(json.dumps(fields | {"extra": 1}))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("text", 3, "str"),
        ("count", "3", "int"),
        ("count", 3.0, "int"),
        ("count", True, "int"),
        ("flag", 1, "bool"),
        ("share", "0.5", "float"),
        ("share", None, "float"),
        ("bits", "not base64!", "bytes"),
        ("bits", 3, "bytes"),
        ("outcome", "exploded", "Outcome"),
        ("epoch", "3", r"int \| None"),
        ("levels", [], r"dict\[str, typing.Any\]"),
        ("values", {"loss": "low"}, r"dict\[str, float \| None\]"),
        ("values", {"loss": True}, r"dict\[str, float \| None\]"),
        ("names", {"torch": 2}, r"dict\[str, str\]"),
    ],
)
def test_a_field_of_another_type_is_refused_with_its_name(field: str, value: object, expected: str) -> None:
    fields = json.loads(write_line("everything", WHOLE)) | {field: value}
    with pytest.raises(ProtocolError, match=f"message 'everything': {field} must be {expected}, not "):
        read(json.dumps(fields))


@pytest.mark.parametrize("value", [math.nan, math.inf, {1, 2}])
def test_what_json_does_not_have_is_not_sent(value: Any) -> None:
    with pytest.raises(ProtocolError, match="everything cannot be sent"):
        write_line("everything", Everything(**vars(WHOLE) | {"levels": {"lr": value}}))
