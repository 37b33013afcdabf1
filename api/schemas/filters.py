"""The filters of a query: each factor of a task is one."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Union

from pydantic import Field, Strict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from api.wording import got
from evenkeel.grids.announced import QUERY_NAMES
from evenkeel.grids.spec import MAX_LEVELS
from evenkeel.grids.tasks import TaskError
from evenkeel.plugins import NAME_PATTERN, Task

ExperimentName = Annotated[str, Field(pattern=NAME_PATTERN)]

# How tables and JSON show that a cell has no level.
NULLS = frozenset({"None", "null"})
KEPT_TYPES = 1_000  # more than a lab has factors


def check_factors(tasks: Mapping[str, Task]) -> None:
    """Raises TaskError if a parameter of a task has a name that queries use for something else."""
    for task in tasks.values():
        for factor in QUERY_NAMES.intersection(task.factors):
            raise TaskError(f"the task {task.name!r}: queries use {factor!r} for something else; rename the parameter")


def read_levels(
    given: Mapping[str, Any], task: Task, tasks: Mapping[str, Task], own: Sequence[str]
) -> tuple[dict[str, list[Any]], list[tuple[str, str]]]:
    """Read the filters of a query.

    Args:
        given: Name -> the text or the texts that the query has for it, for all names that the call itself does not
            have.
        task: The task that the query is about.
        tasks: All known tasks.
        own: The names that the call itself has.

    Returns:
        Factor -> the levels to keep, in the order of the task's parameters; and (field, problem) of each name that is
        no parameter of the task and of each text that is no level.
    """
    levels, wrong = dict[str, list[Any]](), list[tuple[str, str]]()
    for name, texts in given.items():
        if name in task.factors:
            read, problems = _read(task, name, texts if isinstance(texts, list) else [texts])
            levels |= {} if problems else {name: read}
            wrong += problems
        elif any(name in other.factors for other in tasks.values()):
            allowed = ", ".join(task.factors)
            wrong.append((name, f"is not a parameter of the task {task.name!r}; its parameters: {allowed}"))
        else:
            wrong.append((name, f"is not known here; allowed: {', '.join((*own, *task.factors))}"))
    return {factor: levels[factor] for factor in task.factors if factor in levels}, wrong


def filters_of(tasks: Mapping[str, Task]) -> dict[str, tuple[Any, str]]:
    """Factor -> (type, description) of its filter, for the factors of all tasks. Factors with the same name share
    one."""
    found: dict[str, list[FieldInfo]] = {}
    for task in tasks.values():
        for factor, info in task.parameters.model_fields.items():
            found.setdefault(factor, []).append(info)
    return {factor: _filter(infos) for factor, infos in found.items()}


def _read(task: Task, factor: str, texts: list[str]) -> tuple[list[Any], list[tuple[str, str]]]:
    """The levels that these texts stand for, and (field, problem) of each that stands for none."""
    null = [] if NULLS.isdisjoint(texts) or not _is_level(task, factor, None) else [None]
    # A level may be the word 'None', too. Tables show both in the same way.
    words = [text for text in texts if not null or text not in NULLS or _is_level(task, factor, text)]
    try:
        read = _levels(task, factor).validate_python(words)
        return (read if None in read else [*read, *null]), []
    except ValidationError as error:
        return [], [
            (".".join(map(str, (factor, *each["loc"][:1]))), f"{each['msg']}{got(each['input'])}")
            for each in error.errors(include_url=False, include_context=False)
        ]


def _is_level(task: Task, factor: str, level: str | None) -> bool:
    try:
        _levels(task, factor).validate_python([level])
    except ValidationError:
        return False
    return True


@lru_cache(KEPT_TYPES)
def _levels(task: Task, factor: str) -> TypeAdapter[list[Any]]:
    return TypeAdapter(_filter([task.parameters.model_fields[factor]])[0])


def _filter(infos: Sequence[FieldInfo]) -> tuple[Any, str]:
    """The filter for parameters with the same name, each of another task."""
    kinds = [(info.annotation, info.metadata) for info in infos]
    alike = all(kind == kinds[0] for kind in kinds)
    level: Any = _level(infos[0]) if alike else Union[tuple(map(_level, infos))]  # noqa: UP007
    levels: Any = list[level]
    about = f"Only these levels. {infos[0].description or ''}".rstrip()
    return Annotated[levels, Field(max_length=MAX_LEVELS)], about


def _level(info: FieldInfo) -> Any:
    """The type of a level in a grid, but not strict, because strict types would refuse the text of a query."""
    return Annotated[info.annotation, Field(), *(part for part in info.metadata if not isinstance(part, Strict))]
