"""Reads the values of params as levels.

MLflow keeps every param as text. Each value is read by itself, so a level never changes because another run has another
kind of value, and a cell keeps its hash.
"""

import math
import re
from typing import Any

Level = bool | int | float | str | None

LONGEST = 200  # characters of a level; a longer text keeps its beginning and gets a digest
LONGEST_NAME = 250
LARGEST = 2**53  # above it, a float64 cannot tell whole numbers apart
BOOLEANS = {"true": True, "false": False}
DIGEST_DIGITS = 8
NO_NUMBERS = {"nan", "inf", "infinity"}
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def to_level(value: Any) -> Level:
    """The value as a level: a number if it reads as one, true or false, or else a word. None if there is no value.

    A whole number is an int, however it is written: '64', '64.0' and 6.4e1 are one level. What is no finite number,
    such as 'NaN', is a word in small letters.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        number = _whole(float(value)) if abs(value) < LARGEST else None
        return to_level(str(value)) if number is None else number
    text = plain_text(value)
    if text.lower() in BOOLEANS:
        return BOOLEANS[text.lower()]
    if text == "null":
        return None
    number = _number(text)
    if number is not None:
        return number
    return text.lower() if text.lower().lstrip("+-") in NO_NUMBERS else _short(text)


def to_seed(value: Any, largest: int) -> int | None:
    """The value as a seed. None if it is no whole number from 0 to `largest`."""
    level = to_level(value)
    return level if type(level) is int and 0 <= level <= largest else None


def plain_text(value: Any) -> str:
    """The value as a text that every database takes: without control characters and halves of characters."""
    return CONTROL.sub(" ", str(value).encode("utf-8", "replace").decode()).strip()


def is_name(text: str) -> bool:
    """Whether a param, a metric or a run may have this name."""
    return 0 < len(text) <= LONGEST_NAME and text == plain_text(text)


def level_key(level: Level) -> tuple[bool, Level]:
    """A key that tells True from 1, which are equal to Python."""
    return isinstance(level, bool), level


def _number(text: str) -> int | float | None:
    # Python reads 1_000 as a number, but as a level it is a word.
    if "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return _whole(number) if abs(number) < LARGEST else None


def _whole(number: float) -> int | float | None:
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) else number


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    from hashlib import sha256

    digest = sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]
    return f"{text[: LONGEST - DIGEST_DIGITS - 1]}…{digest}"
