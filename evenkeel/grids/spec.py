"""What a posted grid may contain, for each task."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError

from evenkeel.grids.cell import MAX_SEED
from evenkeel.grids.replication import MAX_SEEDS, SeedRule
from evenkeel.grids.sharing import MAX_PRIORITY, MAX_THREADS, MIN_PRIORITY, Device, Sharing
from evenkeel.plugins import NAME_PATTERN, Task

MAX_LEVELS = 100


class Levels(BaseModel):
    """The values that a grid gives for a task's factors. Each of them is optional."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _check_seeds(value: Any) -> Any:
    """Gives one clear error. A union of types would give an error for each type."""
    if isinstance(value, dict):
        return SeedRule.model_validate(value)
    if isinstance(value, SeedRule):
        return value
    if type(value) is int and 1 <= value <= MAX_SEEDS:
        return value
    whole = isinstance(value, list) and all(type(seed) is int and 0 <= seed <= MAX_SEED for seed in value)
    if whole and value and len(set(value)) == len(value):
        return value
    raise PydanticCustomError(
        "seeds",
        f"must be a count from 1 to {MAX_SEEDS:,}, a list of distinct whole numbers from 0 to {MAX_SEED:,}, or a rule: "
        "min, max and until",
    )


class GridSpec(BaseModel):
    """A named grid. Every combination of its levels is trained once with each seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=NAME_PATTERN, description="Name of the experiment: at most 64 letters, digits, '.', '_' and '-'."
    )
    task: str
    grid: Levels = Field(description="The factors to vary, each with a list of levels.")
    seeds: Annotated[int | list[int] | SeedRule, BeforeValidator(_check_seeds)] = Field(
        3,
        description="The number of seeds (3 means 0, 1 and 2), or a list of distinct seeds, or a rule by which the lab "
        "adds seeds: see docs/quickstart.md.",
    )
    train: Levels
    priority: int | None = Field(
        None,
        strict=True,
        ge=MIN_PRIORITY,
        le=MAX_PRIORITY,
        description="Runs of the experiment with the highest priority go first. It is 0 until one is given.",
    )
    max_running: int | None = Field(
        None,
        strict=True,
        ge=0,
        le=10_000,
        description="Largest number of its runs that train at once. 0 means no limit.",
    )
    device: Device | None = Field(
        None,
        description="Device that its runs may train on: any, cpu, or cuda (NVIDIA GPUs). It is any until one is given.",
    )
    threads: int | None = Field(
        None,
        strict=True,
        ge=1,
        le=MAX_THREADS,
        description="Number of CPU threads that each of its runs computes with. It is 1 until one is given. Another "
        "number changes the last bits of the results, so it stays once a run has started.",
    )
    exclude: list[dict[str, Any]] = Field(
        default=[],
        max_length=1000,
        description="Cells to leave out. An entry gives levels for some factors and leaves out every cell with them.",
    )

    @property
    def seed_list(self) -> Sequence[int]:
        """The seeds that every cell has at once. A count n stands for the seeds 0 to n - 1."""
        if isinstance(self.seeds, SeedRule):
            return range(self.seeds.min)
        return range(self.seeds) if isinstance(self.seeds, int) else self.seeds

    @property
    def seed_rule(self) -> SeedRule | None:
        """The rule by which the lab adds seeds, if there is one."""
        return self.seeds if isinstance(self.seeds, SeedRule) else None

    @property
    def most_seeds(self) -> int:
        """The largest number of seeds that a cell may get."""
        return self.seeds.max if isinstance(self.seeds, SeedRule) else len(self.seed_list)

    @property
    def sharing(self) -> Sharing:
        return Sharing(self.priority, self.max_running, self.device, self.threads)

    @property
    def levels(self) -> dict[str, list[Any]]:
        """The posted factors and their levels, in the order of the task's parameters."""
        return {name: levels for name, levels in self.grid if levels is not None}

    @property
    def fixed(self) -> dict[str, Any]:
        """The posted values that every cell shares."""
        return {name: level for name, level in self.train if level is not None}

    def count(self) -> int:
        """The largest number of runs before `exclude`. It takes only the lengths of the lists, so a grid of any size
        can be counted."""
        return math.prod(len(levels) for levels in self.levels.values()) * self.most_seeds


@lru_cache(100)
def grid_spec(task: Task) -> type[GridSpec]:
    """The model of a grid that may be posted for a task: its factors with their ranges and descriptions, and no
    others."""
    grid = create_model(
        "Grid", __base__=Levels, __doc__="For each factor to vary, a list of its levels.", **_fields(task, many=True)
    )
    about_train = "For each factor, the one value that every cell shares."
    train = create_model("Train", __base__=Levels, __doc__=about_train, **_fields(task, many=False))
    name: Any = Literal[task.name]
    examples: Any = list(task.presets.values())[:1]
    made: type[GridSpec] = create_model(
        "GridSpec",
        __base__=GridSpec,
        __doc__=GridSpec.__doc__,
        task=(name, Field(task.name, description="What is trained and measured. GET /tasks lists the tasks.")),
        grid=(grid, Field(description="The factors to vary, each with a list of levels.")),
        train=(
            train,
            Field(default_factory=train, description="The factors that every cell shares, each with one value."),
        ),
    )
    made.model_config["json_schema_extra"] = {"examples": examples}
    made.model_rebuild(force=True)
    return made


def _fields(task: Task, many: bool) -> dict[str, Any]:
    """Every parameter of the task as an optional field: a list of levels if `many`, else one value."""
    fields: dict[str, Any] = {}
    for name, info in task.parameters.model_fields.items():
        level = Annotated[info.annotation, Field(), *info.metadata]  # type: ignore[name-defined]
        kind = Annotated[list[level], Field(min_length=1, max_length=MAX_LEVELS)] if many else level
        fields[name] = (kind | None, Field(None, description=info.description))
    return fields
