"""A posted grid, as each task has it."""

import math
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError

from evenkeel.grids.cell import MAX_SEED
from evenkeel.grids.sharing import MAX_PRIORITY, MIN_PRIORITY, Device, Sharing
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import NAME_PATTERN, Task

MAX_LEVELS = 100
MAX_SEEDS = 100_000


class Levels(BaseModel):
    """What a task's factors may be; every one is optional."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _check_seeds(value: Any) -> Any:
    """One clear error where a union of types would give one for each."""
    if type(value) is int and 1 <= value <= MAX_SEEDS:
        return value
    whole = isinstance(value, list) and all(type(seed) is int and 0 <= seed <= MAX_SEED for seed in value)
    if whole and value and len(set(value)) == len(value):
        return value
    raise PydanticCustomError(
        "seeds", f"a count from 1 to {MAX_SEEDS:,}, or a list of distinct whole numbers from 0 to {MAX_SEED:,}"
    )


class GridSpec(BaseModel):
    """A named grid: every combination of levels, once per seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME_PATTERN, description="Letters, digits, '.', '_' and '-'; at most 64.")
    task: str
    grid: Levels = Field(description="The factors and the levels that each takes.")
    seeds: Annotated[int | list[int], BeforeValidator(_check_seeds)] = Field(
        3, description="How many seeds (3 means 0, 1, 2), or a list of distinct ones."
    )
    train: Levels
    priority: int | None = Field(
        None,
        strict=True,
        ge=MIN_PRIORITY,
        le=MAX_PRIORITY,
        description="Of two experiments with queued runs the higher goes first; 0 if never given.",
    )
    max_running: int | None = Field(
        None, strict=True, ge=0, le=10_000, description="Most of its runs that train at once; 0 for no limit."
    )
    device: Device | None = Field(
        None, description="Where its runs may train: any (if never given), cpu, or cuda (NVIDIA GPUs)."
    )
    exclude: list[dict[str, Any]] = Field(
        default=[],
        max_length=1000,
        description="Partial cells to leave out: of each, the levels of one factor or several.",
    )

    @property
    def seed_list(self) -> Sequence[int]:
        return range(self.seeds) if isinstance(self.seeds, int) else self.seeds

    @property
    def sharing(self) -> Sharing:
        return Sharing(self.priority, self.max_running, self.device)

    @property
    def levels(self) -> dict[str, list[Any]]:
        """The posted factors and their levels, in the order of the task's parameters."""
        return {name: levels for name, levels in self.grid if levels is not None}

    @property
    def fixed(self) -> dict[str, Any]:
        """What every cell shares."""
        return {name: level for name, level in self.train if level is not None}

    def count(self) -> int:
        """Runs before `exclude`, from the lengths alone: nothing is expanded."""
        return math.prod(len(levels) for levels in self.levels.values()) * len(self.seed_list)


@cache
def grid_spec(task: Task) -> type[GridSpec]:
    """What may be posted of a task: its factors with their ranges and descriptions, and nothing else."""
    grid = create_model("Grid", __base__=Levels, __doc__="Factors: a list of levels each.", **_fields(task, many=True))
    about_train = "What every cell shares: one value each."
    train = create_model("Train", __base__=Levels, __doc__=about_train, **_fields(task, many=False))
    names: Any = Literal[tuple(known_tasks())]
    examples: Any = list(task.presets.values())[:1]
    made: type[GridSpec] = create_model(
        "GridSpec",
        __base__=GridSpec,
        __doc__=GridSpec.__doc__,
        task=(names, Field(task.name, description="What is trained and measured; GET /tasks lists them.")),
        grid=(grid, Field(description="The factors and the levels that each takes.")),
        train=(train, Field(default_factory=train, description="What every cell shares.")),
    )
    made.model_config["json_schema_extra"] = {"examples": examples}
    made.model_rebuild(force=True)
    return made


def _fields(task: Task, many: bool) -> dict[str, Any]:
    """Every parameter, optional, as one value or as a list of levels."""
    fields: dict[str, Any] = {}
    for name, info in task.parameters.model_fields.items():
        level = Annotated[info.annotation, Field(), *info.metadata]  # type: ignore[name-defined]
        kind = Annotated[list[level], Field(min_length=1, max_length=MAX_LEVELS)] if many else level
        fields[name] = (kind | None, Field(None, description=info.description))
    return fields
