"""Reads the file of commands (EVENKEEL_COMMANDS_FILE). A command that is wrong is named, and the others work."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evenkeel.grids.announced import task_of
from evenkeel.plugins import NAME_PATTERN, Announced, AnnouncedTask, Broken, Metric, Package
from trainer.commands.table import EPOCHS, CommandTable

GROUP = "commands"
FILE = "EVENKEEL_COMMANDS_FILE"
# Keys that change nothing of what is trained. A command that differs in nothing else is the same version.
NOT_TRAINED = frozenset({"description", "labels", "panels", "stop_seconds", "timeout_minutes"})
VERSION_DIGITS = 8


@dataclass(frozen=True)
class Command:
    """A command that can be run.

    Attributes:
        here: The folder of the file that names it.
        announced: The task that it is for the lab.
    """

    table: CommandTable
    here: Path
    announced: AnnouncedTask


@dataclass(frozen=True)
class Commands:
    """What a file of commands has.

    Attributes:
        by_name: name of the task -> the command.
    """

    by_name: Mapping[str, Command] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()

    @property
    def announced(self) -> Announced:
        """What the worker says that it can train."""
        return Announced(tasks=tuple(each.announced for each in self.by_name.values()), broken=self.broken)


def read_commands(path: Path | None) -> Commands:
    """Read the file of commands. There are none without a file. Never raises: what is wrong is in `broken`."""
    if path is None:
        return Commands()
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Commands(broken=(_broken(path.name, f"{FILE}={path} cannot be read: {error}"),))
    found = tables.pop(GROUP, {})
    if tables or not isinstance(found, dict):
        why = f"{FILE}={path}: {', '.join(tables) or GROUP} cannot stand there; allowed: tables [{GROUP}.NAME]"
        return Commands(broken=(_broken(path.name, why),))
    commands, broken = dict[str, Command](), list[Broken]()
    for name, table in found.items():
        try:
            commands[name] = _read(name, table, path.absolute().parent)
        except ValueError as error:
            broken.append(_broken(name, f"{path}: {error}"))
    return Commands(commands, tuple(broken))


def is_command(task: AnnouncedTask) -> bool:
    """Whether a task that a worker announced is a command, and no plug-in of an installed package."""
    return task.package.name == f"command-{task.name}"


def package_of(name: str, table: Mapping[str, Any]) -> Package:
    """The package and the version that the lab sees in a command. The version changes with whatever may change what is
    trained: it is the first 8 digits of the sha256 of those keys, as JSON."""
    trained = {key: value for key, value in table.items() if key not in NOT_TRAINED}
    text = json.dumps(trained, sort_keys=True, default=str)
    return Package(f"command-{name}", hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS])


def _read(name: str, raw: Any, here: Path) -> Command:
    """Raises ValueError, which names the table, the key and what is allowed."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError(f"[{GROUP}.{name}]: a name must match {NAME_PATTERN}")
    try:
        table = CommandTable.model_validate(raw)
        announced = _announce(name, raw, table)
        task_of(announced)
    except ValidationError as error:
        raise ValueError(f"[{GROUP}.{name}] {_first_problem(error)}") from None
    except ValueError as error:
        raise ValueError(f"[{GROUP}.{name}] {error}") from None
    return Command(table, here, announced)


def _announce(name: str, raw: Mapping[str, Any], table: CommandTable) -> AnnouncedTask:
    metrics = tuple(Metric(**each.model_dump()) for each in table.metrics)
    schema = {
        "type": "object",
        "properties": table.parameters,
        "additionalProperties": False,
    }
    return AnnouncedTask(
        name=name,
        package=package_of(name, raw),
        version=table.version,
        parameters=schema,
        metrics=metrics,
        default_metric=table.default_metric or metrics[0].name,
        panels=_panels(table),
        epochs=EPOCHS if table.max_epochs is None else table.max_epochs,
        description=table.description,
        loss=table.loss,
        labels=table.labels,
    )


def _panels(table: CommandTable) -> tuple[str, str, str]:
    """The parameters that lay out figures: by default the first three, words before numbers. Of few parameters, the
    last one is there more than once."""
    others = [name for name in table.parameters if name != EPOCHS] or [EPOCHS]
    first = table.panels or sorted(others, key=lambda name: table.parameters[name].get("type") in ("integer", "number"))
    row, column, line = [*first, first[-1], first[-1]][:3]
    return row, column, line


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    says = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        says = "not a key here"
        if len(problem["loc"]) == 1:
            says += f"; allowed: {', '.join(CommandTable.model_fields)}"
    return f"{where}: {says}" if where else says


def _broken(name: str, why: str) -> Broken:
    return Broken(GROUP, name, Package("", ""), why)
