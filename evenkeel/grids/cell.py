"""One combination of a task's levels, and the spec of one run.

Both are validated when a grid is posted, and again by the worker that trains the run.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ValidationError

from evenkeel.grids.levels import Place, cell_name, rank
from evenkeel.grids.tasks import DEFAULT_TASK, known_tasks
from evenkeel.plugins import Needs, Task

MAX_SEED = 2**31 - 1


class UnreadableCell(Exception):
    """A stored cell that this process would misread, because it does not know the cell's task or one of its levels.

    Args:
        field: 'task', or the factor at fault.
        level: the level that is stored there; None if there is none.
        problem: what is wrong, and what is allowed.
    """

    def __init__(self, field: str, level: Any, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.level = field, level


@dataclass(frozen=True)
class Cell:
    """Everything that decides a training except the seed. `parameters` is an instance of `task.parameters`."""

    task: Task
    parameters: BaseModel

    @cached_property
    def stored_levels(self) -> dict[str, Any]:
        """The levels that differ from the defaults, as JSON values. `read_cell` reads them back."""
        return self.parameters.model_dump(mode="json", exclude_defaults=True)

    @cached_property
    def levels(self) -> dict[str, Any]:
        """Every level, defaults included, as JSON values."""
        return self.parameters.model_dump(mode="json")

    @cached_property
    def hash(self) -> str:
        """The first 16 hex digits of a sha256. It covers the task, its version and the levels that differ from the
        defaults.

        A version of 1 is left out of the hashed JSON, and the name of the default task with it. Cells from before there
        were tasks therefore keep their hashes.
        """
        task, levels = self.task, self.stored_levels
        if task.version > 1:
            return canonical_hash({"task": task.name, "version": task.version, "levels": levels})
        if task.name == DEFAULT_TASK:
            return canonical_hash(levels)
        return canonical_hash({"task": task.name, "levels": levels})

    @cached_property
    def ignored(self) -> frozenset[str]:
        """The parameters that change nothing in this cell: see `Task.ignores`."""
        return frozenset(self.task.ignores(self.parameters))

    @cached_property
    def trains_as(self) -> str:
        """A hash of the task and the levels that the cell does not ignore, defaults included.

        Cells for which it is equal train to the same bits, so they count as one.
        """
        used = {factor: level for factor, level in self.levels.items() if factor not in self.ignored}
        return canonical_hash({"task": self.task.name, "levels": used})

    @cached_property
    def idle_levels(self) -> dict[str, Any]:
        """The levels that differ from their defaults and change nothing."""
        return {factor: level for factor, level in self.stored_levels.items() if factor in self.ignored}

    @cached_property
    def name(self) -> str:
        """The name that the cell has everywhere. It never changes and does not depend on the other cells."""
        return cell_name(self.task, self.levels, self.hash)

    @cached_property
    def rank(self) -> tuple[Place, ...]:
        """The key by which lists of cells are sorted."""
        return rank(self.task, self.levels)

    @property
    def num_epochs(self) -> int:
        """The number of epochs that each of its runs trains."""
        return self.task.num_epochs(self.parameters)

    @property
    def needs(self) -> Needs | None:
        """The dataset that a worker must have prepared before it can train the cell; None if it needs none."""
        return self.task.needs(self.parameters)


@dataclass(frozen=True)
class RunSpec:
    """One training: a cell, and the seed from which everything random in it is drawn."""

    cell: Cell
    seed: int


def make_cell(task: Task, levels: Mapping[str, Any]) -> Cell:
    """The cell with these levels. Factors that are not named have the task's defaults.

    Raises:
        pydantic.ValidationError: the task does not allow a level.
        ValueError: the levels do not go together. The message reads 'field: what is allowed'.
    """
    parameters = task.parameters.model_validate(dict(levels))
    if problem := task.problem(parameters):
        raise ValueError("{}: {}".format(*problem))
    return Cell(task, parameters)


def read_cell(task: str, stored_levels: Mapping[str, Any]) -> Cell:
    """The cell with these levels, as the store holds them: only those that differ from the defaults. Raises
    UnreadableCell."""
    if task not in known_tasks():
        raise UnreadableCell("task", task, f"{task!r} is not a task here; known: {', '.join(known_tasks())}")
    try:
        return make_cell(known_tasks()[task], stored_levels)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "levels"
        raise UnreadableCell(field, stored_levels.get(field), _misfit(known_tasks()[task], first)) from error
    except ValueError as error:
        field, _, problem = str(error).partition(": ")
        raise UnreadableCell(field, stored_levels.get(field), problem or "the levels do not go together") from error


def _misfit(task: Task, error: Mapping[str, Any]) -> str:
    """What is wrong with a stored level, from the error that pydantic gives for it."""
    match error["type"]:
        case "extra_forbidden":
            return f"is not a factor here; known: {', '.join(task.factors)}"
        case "missing":
            return "has no level, and this factor has no default"
        case "enum" | "literal_error":
            allowed = error["ctx"]["expected"].replace(" or ", ", ").replace("'", "")
        case _:
            allowed = error["msg"].removeprefix("Input should be ")
    return f"{error['input']!r:.60} is not a level here; allowed: {allowed}"


def canonical_hash(value: Any) -> str:
    """The first 16 hex digits of a sha256 over `value` as JSON with sorted keys. Raises ValueError for NaN and
    infinity."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
