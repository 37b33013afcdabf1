"""Checks the values of a frame's columns, and says in which column and row something is wrong."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.grids.levels import is_number
from evenkeel.plugins import Outcome
from evenkeel.stability.columns import is_missing
from evenkeel.stability.errors import FrameError

YES, NO = Outcome.DIVERGED, Outcome.CONVERGED
FLAGS: dict[Any, Outcome | None] = {True: YES, False: NO, "true": YES, "false": NO, "yes": YES, "no": NO}
OUTCOMES: dict[Any, Outcome | None] = {outcome.value: outcome for outcome in Outcome}
LARGEST = 2**63 - 1


def numbers_of(name: str, values: Sequence[Any]) -> NDArray[np.float64]:
    """(num_rows,): the values of a metric. NaN stands for a missing one.

    Raises:
        FrameError: A value is no number.
    """
    for row, value in enumerate(values):
        if not is_number(value) and not is_missing(value):
            raise FrameError(
                name, f"{_shown(value)} in {_at(row)} is not a number; a metric needs a number in each row"
            )
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def whole_numbers_of(name: str, values: Sequence[Any], what: str) -> list[int]:
    """The values of a column of seeds or epochs. what: 'seed' or 'epoch'.

    Raises:
        FrameError: A value is missing, or no whole number.
    """
    for row, value in enumerate(values):
        if is_missing(value):
            raise FrameError(name, f"has no value in {_at(row)}; every row needs a {what}")
        if not is_number(value) or value != value // 1 or abs(value) > LARGEST:
            raise FrameError(name, f"{_shown(value)} in {_at(row)} is no {what}; a {what} is a whole number")
    return [int(value) for value in values]


def levels_of(name: str, values: Sequence[Any]) -> list[Any]:
    """The values of a column of levels.

    Raises:
        FrameError: A value is missing, or cannot be a level.
    """
    for row, value in enumerate(values):
        if is_missing(value):
            raise FrameError(
                name,
                f"has no value in {_at(row)}; a factor needs a level in each row. pandas reads the word None as a "
                "missing value: read_csv(keep_default_na=False) keeps it. If this is no factor, name the factors "
                "with factors=",
            )
        if not isinstance(value, str | bool) and not (is_number(value) and math.isfinite(value)):
            raise FrameError(
                name,
                f"{_shown(value)} in {_at(row)} cannot be a level; a level is a word, a finite number, or true or "
                "false. If this is no factor, name the factors with factors=",
            )
    if len({isinstance(value, bool) for value in values if not isinstance(value, str)}) > 1:
        raise FrameError(name, "has both numbers and true or false; True and 1 would be one level")
    return list(values)


@dataclass(frozen=True)
class Said:
    """What a column says of the outcomes.

    Attributes:
        outcomes: For each row. None stands for a run that still trains.
        in_words: Whether the column names outcomes. If so, it says of every run how it ended. Otherwise it only flags
            runs that diverged.
    """

    outcomes: list[Outcome | None]
    in_words: bool


def outcomes_of(name: str, values: Sequence[Any]) -> Said:
    """What a column says of the outcomes.

    The column holds true and false, or the words of an outcome. Only words can say that a run collapsed, and only in
    a column of words a missing value says that the run still trains.

    Raises:
        FrameError: A value is neither.
    """
    words = any(isinstance(value, str) and value.lower() in OUTCOMES for value in values)
    known = {**OUTCOMES, None: None, "": None} if words else FLAGS
    found = []
    for row, value in enumerate(values):
        key = value.lower() if isinstance(value, str) else None if is_missing(value) else value
        if key not in known:
            allowed = ", ".join(OUTCOMES) if words else f"true, false, or the words {', '.join(OUTCOMES)}"
            raise FrameError(name, f"{_shown(value)} in {_at(row)} is not allowed; allowed: {allowed}")
        found.append(known[key])
    return Said(found, words)


def _shown(value: Any) -> str:
    return f"{value!r:.60}"


def _at(row: int) -> str:
    return f"row {row + 1}"
