"""The filters of a query, which are made from the tasks that this API knows."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, Field, Strict, TypeAdapter, ValidationError, WrapValidator
from pydantic.fields import FieldInfo

from api.schemas.grids import default_of
from api.wording import got
from evenkeel.analysis.query import QueryError
from evenkeel.grids.spec import MAX_LEVELS
from evenkeel.grids.tasks import TaskError
from evenkeel.plugins import NAME_PATTERN, Task

ExperimentName = Annotated[str, Field(pattern=NAME_PATTERN)]

# Queries use these names for something other than a filter.
RESERVED = {"experiment", "metric", "task", "threshold", "format", "table", "a", "b", "cell", "half_width", "of"}
RESERVED |= {"band", "x", "y", "caption", "start_value", "margin", "mean_margin"}


def task_field(tasks: Mapping[str, Task]) -> tuple[Any, Any]:
    """The field of a query model that names one of the tasks."""
    return Literal[tuple(tasks)], Field(default_of(tasks), description="Only cells of this task.")


def narrowing(tasks: Mapping[str, Task]) -> dict[str, Any]:
    """The fields of a query model: `metric`, `task`, and a filter for each parameter of any task.

    Raises:
        TaskError: A parameter has a name that queries use for something else.
    """
    default = tasks[default_of(tasks)]
    metrics = tuple(dict.fromkeys(metric.name for task in tasks.values() for metric in task.metrics))
    about_metric = "Name of the metric; by default the task's own default metric."
    fields: dict[str, Any] = {
        "metric": (Literal[metrics], Field(default.default_metric, description=about_metric)),
        "task": task_field(tasks),
    }
    filters: dict[str, list[FieldInfo]] = {}
    for task in tasks.values():
        for factor, info in task.parameters.model_fields.items():
            if factor in RESERVED:
                raise TaskError(
                    f"the task {task.name!r}: queries use {factor!r} for something else; rename the parameter"
                )
            filters.setdefault(factor, []).append(info)
    return fields | {factor: _filter(infos) for factor, infos in filters.items()}


def read_levels(query: BaseModel, task: Task, tasks: Mapping[str, Task]) -> dict[str, list[Any]]:
    """Read the filters of a query.

    Args:
        query: A query whose fields `narrowing` made.
        task: The task that the query names.
        tasks: All known tasks.

    Returns:
        Factor -> the levels to keep, in the order of the task's parameters.

    Raises:
        QueryError: A filter belongs to another task, or a parameter cannot have a level.
    """
    named = {factor for known in tasks.values() for factor in known.factors if getattr(query, factor)}
    for factor in sorted(named - set(task.factors)):
        allowed = ", ".join(task.factors)
        raise QueryError(factor, f"is not a parameter of the task {task.name!r}; its parameters: {allowed}")
    return {factor: _read(task, factor, getattr(query, factor)) for factor in task.factors if factor in named}


def _read(task: Task, factor: str, levels: list[Any]) -> list[Any]:
    try:
        return _own(task, factor).validate_python(levels)
    except ValidationError as error:
        first = error.errors()[0]
        raise QueryError(f"{factor}.{first['loc'][0]}", f"{first['msg']}{got(first['input'])}") from error


@cache
def _own(task: Task, factor: str) -> TypeAdapter[list[Any]]:
    levels: Any = list[_level(task.parameters.model_fields[factor])]  # type: ignore[misc]
    return TypeAdapter(levels)


def _filter(infos: Sequence[FieldInfo]) -> tuple[Any, Any]:
    """The filter for parameters with the same name, each of another task."""
    kinds = [(info.annotation, info.metadata) for info in infos]
    level: Any = _level(infos[0])
    if any(kind != kinds[0] for kind in kinds):
        level = Annotated[Union[tuple(map(_level, infos))], WrapValidator(_as_it_came)]  # noqa: UP007
    about: Any = Field(default=[], max_length=MAX_LEVELS, description=f"Only these levels. {infos[0].description}")
    return list[level], about


def _level(info: FieldInfo) -> Any:
    """The type of a level in a grid, but not strict, because strict types would refuse the text of a query."""
    return Annotated[info.annotation, Field(), *(part for part in info.metadata if not isinstance(part, Strict))]


def _as_it_came(level: Any, _: Any) -> Any:
    """Accept any level. `read_levels` checks it, once the task is known."""
    return level
