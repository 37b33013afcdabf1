"""Levels as the form shows them and as people type them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evenkeel.grids.json_levels import NESTED, kinds_of
from evenkeel.grids.levels import show

Part = Mapping[str, Any]  # what the JSON Schema of a task says of one factor


def listed(part: Part) -> list[Any]:
    """The levels of a factor that may have only a few; empty for any other."""
    if "enum" in part or "const" in part:
        return list(part.get("enum", [part.get("const")]))
    return [False, True] if _kinds(part) == {"boolean"} else []


def text_of(level: Any) -> str:
    """A level as text. `read` reads it back."""
    if level is None or isinstance(level, bool | list | dict):
        return json.dumps(level)
    return show(level)


def read(part: Part, typed: Sequence[str]) -> list[Any]:
    """The levels that were ticked, or typed with commas between them. What cannot be read stays text, so that the check
    of the grid says what is wrong with it."""
    few = {text_of(level): level for level in listed(part)}
    if few:
        return [few.get(text, text) for text in typed if text]
    kinds, text = _kinds(part), ",".join(typed).strip()
    if kinds & NESTED:
        return _read_nested(text)
    pieces = [piece.strip() for piece in text.replace("\n", ",").split(",") if piece.strip()]
    return [_read(kinds, piece) for piece in pieces]


def takes_fractions(part: Part) -> bool:
    """Whether its levels are numbers that may have a fraction."""
    return "number" in _kinds(part)


def _kinds(part: Part) -> set[str]:
    try:
        return kinds_of(part)
    except ValueError:
        return {"string"}


def _read_nested(text: str) -> list[Any]:
    if not text:
        return []
    try:
        found = json.loads(f"[{text}]")
    except ValueError:
        return [text]
    return list(found)


def _read(kinds: set[str], text: str) -> Any:
    if "null" in kinds and text == "null":
        return None
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    for number in (int, float) if kinds & {"integer", "number"} else ():
        try:
            return number(text)
        except ValueError:
            continue
    return text
