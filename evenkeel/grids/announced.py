"""Makes tasks from what workers announce. Nothing of a plug-in is imported."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    create_model,
)
from pydantic_core import PydanticKnownError

from evenkeel.grids.json_checks import either
from evenkeel.grids.json_levels import Part, is_nested, kinds_of, level_type
from evenkeel.grids.json_schemas import inlined
from evenkeel.grids.levels import declared
from evenkeel.plugins import NAME_PATTERN, AnnouncedLevel, AnnouncedTask, Panels, Task

# Queries use these names for something other than a filter.
QUERY_NAMES = frozenset(
    {"experiment", "metric", "task", "threshold", "format", "table", "a", "b", "cell", "half_width", "of"}
    | {"band", "x", "y", "caption", "start_value", "margin", "mean_margin", "b_experiment"}
)
TASK_NAME = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$"
PARAMETER_NAME = r"^[A-Za-z][A-Za-z0-9_.:/ -]{0,99}$"


def task_of(announced: AnnouncedTask) -> Task:
    """The task that was announced. Its parameters are a frozen model that says and allows what the JSON Schema does.

    Raises:
        ValueError: the task cannot be used. The message reads 'field: what is wrong'.
    """
    if not re.fullmatch(TASK_NAME, announced.name):
        raise ValueError(
            f"name: {announced.name!r} cannot name a task; allowed: letters, digits, '.', '_', ':' and '-'"
        )
    if type(announced.version) is not int or announced.version < 1:
        raise ValueError(f"version: {announced.version!r} is no version; allowed: a whole number from 1")
    schema = inlined(announced.parameters)
    parts: dict[str, Part] = schema["properties"]
    for name in parts:
        _check_name(name, announced)
    fields: dict[str, Any] = {name: _field(name, part) for name, part in parts.items()}
    about = announced.description or None
    model: type[BaseModel] = create_model("Levels", __config__=_config(schema), __doc__=about, **fields)
    try:
        return Task(
            name=announced.name,
            version=announced.version,
            parameters=model,
            metrics=announced.metrics,
            default_metric=announced.default_metric,
            panels=Panels(*announced.panels),
            region_factor=_region_factor(announced, parts),
            labels=announced.labels,
            num_epochs=_num_epochs(announced.epochs, parts),
            loss=announced.loss,
            length=announced.epochs if isinstance(announced.epochs, str) else "",
            costs=None if announced.costs is None else frozenset(announced.costs),
        )
    except ValueError as error:
        raise ValueError(str(error).removeprefix(f"task {announced.name!r}: ")) from error


def with_levels(task: Task, levels: Sequence[AnnouncedLevel]) -> Task:
    """The task with more levels. The cells of its own levels keep their hashes and their order.

    Raises:
        ValueError: the task has no such factor, the factor lists no levels, or it has the level already.
    """
    fields: dict[str, Any] = {}
    for factor in dict.fromkeys(level.factor for level in levels):
        fields[factor] = _wider(task, factor, [level for level in levels if level.factor == factor])
    parameters = task.parameters
    model = create_model(parameters.__name__, __base__=parameters, __doc__=parameters.__doc__, **fields)
    return replace(task, parameters=model)


def given_levels(parameters: BaseModel) -> dict[str, Any]:
    """The levels as a task's own code gets them: lists and objects as such, and not as the text that a cell has."""
    schema = type(parameters).model_json_schema()["properties"]
    levels = parameters.model_dump(mode="json")
    return {
        name: json.loads(level) if level is not None and is_nested(schema[name]) else level
        for name, level in levels.items()
    }


def _config(schema: dict[str, Any]) -> ConfigDict:
    def show(shown: dict[str, Any]) -> None:
        shown.clear()
        shown.update(deepcopy(schema))

    return ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), json_schema_extra=show)


def _check_name(name: str, announced: AnnouncedTask) -> None:
    if not re.fullmatch(PARAMETER_NAME, name):
        raise ValueError(f"{name}: no parameter can have this name; allowed: a letter, then letters, digits and _.:/ -")
    if name in QUERY_NAMES:
        raise ValueError(f"{name}: queries use this name for something else; rename the parameter")
    if hasattr(BaseModel, name):
        raise ValueError(f"{name}: pydantic uses this name; rename the parameter")
    if any(metric.name == name for metric in announced.metrics):
        raise ValueError(f"{name}: a metric has this name; rename one of them")


def _field(name: str, part: Part) -> tuple[Any, Any]:
    about = part.get("description") or ""
    try:
        level = level_type(part)
        if "default" not in part:
            return level, Field(description=about)
        default = TypeAdapter(level).validate_python(part["default"])
    except ValidationError as error:
        raise ValueError(
            f"{name}: its default {part['default']!r} is not allowed: {error.errors()[0]['msg']}"
        ) from error
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    return level, Field(default, description=about)


def _region_factor(announced: AnnouncedTask, parts: dict[str, Part]) -> str | None:
    """The learning rate, or else the first number that is not the epochs."""
    numbers = [name for name, part in parts.items() if kinds_of(part) <= {"integer", "number"}]
    others = [name for name in numbers if name != announced.epochs]
    return "lr" if "lr" in others else next(iter(others), None)


def _num_epochs(epochs: str | int, parts: dict[str, Part]) -> Any:
    if isinstance(epochs, int):
        if epochs < 1:
            raise ValueError(f"epochs: {epochs} is no number of epochs; allowed: a whole number from 1")
        return lambda parameters: epochs
    if epochs not in parts or kinds_of(parts[epochs]) != {"integer"}:
        whole = [name for name, part in parts.items() if kinds_of(part) == {"integer"}]
        raise ValueError(f"epochs: {epochs!r} is no whole number; allowed: {', '.join(whole) or 'a number of epochs'}")
    return lambda parameters: getattr(parameters, epochs)


def _wider(task: Task, factor: str, levels: Sequence[AnnouncedLevel]) -> tuple[Any, Any]:
    if factor not in task.factors or not (own := declared(task, factor)):
        named = [name for name in task.factors if declared(task, name)]
        raise ValueError(f"{factor}: the task {task.name!r} can get no levels there; allowed: {', '.join(named)}")
    info, words = task.parameters.model_fields[factor], list(own)
    for level in levels:
        if level.level in words:
            raise ValueError(f"{factor}: {level.level!r} is already a level")
        if not re.fullmatch(NAME_PATTERN, level.level):
            raise ValueError(
                f"{factor}: {level.level!r} cannot name a level; allowed: letters, digits, '.', '_' and '-'"
            )
        words.append(level.level)

    def known(level: Any) -> Any:
        # A union of types would give an error for each of them.
        if not isinstance(level, str) or level not in words:
            raise PydanticKnownError("enum", {"expected": either(words)})
        return level

    both: Any = info.annotation | Literal[tuple(level.level for level in levels)]
    kind = Annotated[both, BeforeValidator(known), WithJsonSchema({"type": "string", "enum": words})]
    more = [
        f"{level.level} comes with {level.package.name}{level.description and f': {level.description}'}"
        for level in levels
    ]
    about = " ".join([info.description or "", *(f"{text.rstrip('.')}." for text in more)]).strip()
    return kind, Field(**({} if info.is_required() else {"default": info.default}), description=about)
