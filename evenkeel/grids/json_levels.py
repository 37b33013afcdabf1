"""The type of a level that a JSON Schema describes.

pydantic reads the level, so that the text of a query is read as for any other factor. `evenkeel.grids.json_checks` then
checks it, so that every keyword of the schema holds.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

from evenkeel.grids.json_checks import Check, check_storable, either, kind_of, listed
from evenkeel.grids.levels import canonical

Part = Mapping[str, Any]  # what a JSON Schema says of one parameter

NESTED = {"array", "object"}
PLAIN: dict[str, Any] = {
    "boolean": bool,
    "integer": int,
    "number": Annotated[float, Field(allow_inf_nan=False)],
    "string": str,
}


def level_type(part: Part) -> Any:
    """The type of a level, as the annotation of a pydantic field.

    It is the plain Python type where the schema names one. A list or an object is a level as its canonical JSON text.
    Where the schema allows several kinds, a text that is JSON of one of the others is that: '0.1' is a number, and
    'null' is null.

    Args:
        part: what the schema says of the parameter, without `$ref`.

    Raises:
        ValueError: the schema is none, or its levels could not be told apart.
    """
    check, kinds = Check(part), kinds_of(part)
    plain = sorted(kinds - {"null", *NESTED})
    shown = WithJsonSchema(dict(part))
    if kinds & NESTED:
        return Annotated[str | None, PlainValidator(lambda value: _nested(check, value)), shown]
    if len(plain) != 1:
        several: Any = Union[(*(PLAIN[kind] for kind in plain), None)]
        return Annotated[several, PlainValidator(lambda value: _mixed(check, kinds, value)), shown]
    words = tuple(word for word in listed(part) if isinstance(word, str))
    kind, strict = (Literal[words], ()) if words else (PLAIN[plain[0]], (Strict(),))
    checked = AfterValidator(lambda level: check(_positive_zero(level)))
    if "null" in kinds:
        return Annotated[kind | None, *strict, BeforeValidator(_null), checked, shown]
    return Annotated[kind, *strict, checked, shown]


def is_nested(part: Part) -> bool:
    """Whether the levels of this parameter are lists or objects, which are kept as text."""
    return bool(kinds_of(part) & NESTED)


def kinds_of(part: Part) -> set[str]:
    """The kinds of JSON values that the schema of a parameter allows. Every integer is a number. Raises ValueError."""
    kinds = _named(part)
    if "number" in kinds:
        kinds.discard("integer")
    if not kinds:
        raise ValueError("its schema names no type; give one, such as number or string")
    if "boolean" in kinds and kinds & {"integer", "number"}:
        raise ValueError("it may be a number or true, which count as equal; allow only one of them")
    if "string" in kinds and kinds & NESTED:
        raise ValueError("it may be a text or a list or object, which is kept as text; allow only one of them")
    return kinds


def _named(part: Part) -> set[str]:
    if "type" in part:
        return {part["type"]} if isinstance(part["type"], str) else set(part["type"])
    if "const" in part or "enum" in part:
        return {kind_of(word) for word in listed(part)}
    return set[str]().union(*map(_named, part.get("anyOf", part.get("oneOf", part.get("allOf", [])))))


def _nested(check: Check, value: Any) -> str | None:
    try:
        text = canonical(json.loads(value) if isinstance(value, str) else value)
    except (TypeError, ValueError, RecursionError) as error:
        raise PydanticCustomError("json", "Input should be a list or an object, or its JSON as text") from error
    if not check.knows(text):
        check_storable(text)
        check(json.loads(text))
        check.remember(text)
    return None if text == "null" else text


def _mixed(check: Check, kinds: set[str], value: Any) -> Any:
    value = _read(kinds, value)
    if not _allows(kinds, value):
        names = {kind: kind for kind in kinds} | {"string": "text", "boolean": "true or false"}
        expected = either(sorted(names[kind] for kind in kinds), str)
        raise PydanticCustomError("kind", "Input should be of one of these kinds: {expected}", {"expected": expected})
    if "number" in kinds and type(value) is int:
        try:
            value = float(value)
        except OverflowError as error:
            raise PydanticKnownError("finite_number") from error
    return check(_positive_zero(value))


def _read(kinds: set[str], value: Any) -> Any:
    """The value that a text stands for where another kind than text is allowed: 0.1 for '0.1'."""
    try:
        read = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value
    return read if _allows(kinds, read) else value


def _allows(kinds: set[str], value: Any) -> bool:
    kind = kind_of(value)
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _null(value: Any) -> Any:
    return None if value == "null" else value


def _positive_zero(level: Any) -> Any:
    """-0.0 and 0.0 are equal, so they must be the same level."""
    return level + 0.0 if isinstance(level, float) else level
