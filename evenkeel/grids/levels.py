"""Levels of cells: their order, the factors in which cells differ, and the name that a cell gets from its levels."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from evenkeel.plugins import Task

Levels = Mapping[str, Any]  # factor -> level, as a JSON value
Place = tuple[int, Any]  # a sort key: the kind of level, then the place among levels of that kind
MOST_IN_NAME = 40  # characters of one level
NAME_DIGITS = 6  # digits of the hash; enough to tell apart cells that have the same levels in their names


def cell_name(task: Task, levels: Levels, cell_hash: str) -> str:
    """'yolo-none-he-3fa9c1': the levels that name a cell of this task, and the first digits of its hash."""
    return f"{short_name(task, levels)}-{cell_hash[:NAME_DIGITS]}"


def short_name(task: Task, levels: Levels) -> str:
    """'yolo-none-he': a cell's name without the hash. Several cells may share it."""
    return "-".join(_in_name(levels[factor]) for factor in dict.fromkeys(task.panels.factors))


def differing(task: Task, cells: Sequence[Levels]) -> list[str]:
    """The factors in which these cells of the task differ, in the order that `rank` uses."""
    return [
        factor for factor in _factors(task) if any(levels.get(factor) != cells[0].get(factor) for levels in cells[1:])
    ]


def differing_beyond_name(task: Task, cells: Sequence[Levels]) -> list[str]:
    """The factors in which these cells differ and which are not part of their names."""
    return [factor for factor in differing(task, cells) if factor not in task.panels.factors]


def rank(task: Task, levels: Levels) -> tuple[Place, ...]:
    """The key by which cells of a task are sorted. The factors that name a cell come first, then the others in the
    order in which the task declares them."""
    return tuple(_place(task, factor, levels.get(factor)) for factor in _factors(task))


def in_order(task: Task, factor: str, levels: Iterable[Any]) -> list[Any]:
    """The levels of a factor in order, each once.

    The order is the one in which the task lists them. If the task lists none, numbers are sorted by size and words by
    the alphabet.
    """
    return sorted(dict.fromkeys(levels), key=lambda level: _place(task, factor, level))


def levels_in_use(task: Task, cells: Sequence[Levels]) -> list[dict[str, Any]]:
    """The levels of each cell, with those that change nothing in a cell chosen so that they tell no cells apart.

    Any level of a parameter is true of a cell that ignores it. So such a cell gets a level that some cell uses: its own
    if there is one, or else the first in order. If no cell uses the parameter, all get the same level.
    """
    ignored = [frozenset(task.ignores(task.parameters.model_validate(levels))) for levels in cells]
    chosen = [dict(levels) for levels in cells]
    for factor in frozenset[str]().union(*ignored).intersection(*cells[:1]):
        used = in_order(
            task, factor, (each[factor] for each, them in zip(cells, ignored, strict=True) if factor not in them)
        )
        first = (used or in_order(task, factor, (each[factor] for each in cells)))[0]
        for each, them in zip(chosen, ignored, strict=True):
            if factor in them and each[factor] not in used:
                each[factor] = first
    return chosen


@lru_cache(10_000)
def declared(task: Task, factor: str) -> tuple[Any, ...]:
    """The levels that an enum or a Literal lists. A factor that may be any number or word has none."""
    return tuple(_listed(task.parameters.model_fields[factor].annotation))


def show(level: Any) -> str:
    """A level as text. A number is as short as it can be without becoming another number."""
    return f"{level:g}" if is_number(level) and float(f"{level:g}") == level else str(level)


def canonical(value: Any) -> str:
    """A JSON value as text: keys sorted, no spaces, 1.0 as 1. Raises ValueError for NaN and infinity."""
    return json.dumps(_same_numbers(value), sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def is_number(level: Any) -> bool:
    """Whether the level is a number. True and False are none."""
    return isinstance(level, int | float) and not isinstance(level, bool)


def _in_name(level: Any) -> str:
    """A level as a part of a name that stands in addresses and names files: short, and without '/' or spaces."""
    return re.sub(r"[^\w.+=-]+", "_", str(level))[:MOST_IN_NAME]


def _place(task: Task, factor: str, level: Any) -> Place:
    listed = declared(task, factor)
    if level in listed:
        return 0, listed.index(level)
    if level is None:
        return 1, 0
    if isinstance(level, int | float):
        return 2, level
    return 3, level if isinstance(level, str) else json.dumps(level, sort_keys=True)


def _same_numbers(value: Any) -> Any:
    """The value with whole numbers for those that JSON Schema takes for whole: 1.0 and 1 are the same number."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_same_numbers(each) for each in value]
    if isinstance(value, dict):
        return {key: _same_numbers(each) for key, each in value.items()}
    return value


@lru_cache(10_000)
def _factors(task: Task) -> tuple[str, ...]:
    """Every factor of the task. Those that name its cells come first."""
    return tuple(dict.fromkeys((*task.panels.factors, *task.factors)))


def _listed(annotation: Any) -> list[Any]:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return [part.value if isinstance(part, Enum) else part for part in parts]
    if origin in (Union, UnionType):
        return [level for part in parts for level in _listed(part)]
    if origin is Annotated:
        return _listed(parts[0])
    is_enum = isinstance(annotation, type) and issubclass(annotation, Enum)
    return [member.value for member in annotation] if is_enum else []
