"""A posted grid and its cells."""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import PydanticCustomError

from lab.cell import FACTORS, MAX_SEED, NAME_PATTERN, Cell, cell_problem
from lab.sharing import MAX_PRIORITY, MIN_PRIORITY, Device, Sharing

MAX_LEVELS = 100
MAX_SEEDS = 100_000


class SpecError(ValueError):
    """A grid that cannot be run. `field` is the path of the key at fault, `problem` says what is allowed."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


def _fields(many: bool) -> dict[str, Any]:
    """Every field of a cell, optional, as one value or as a list of levels."""
    fields: dict[str, Any] = {}
    for name, info in Cell.model_fields.items():
        level = Annotated[info.annotation, Field(), *info.metadata]  # type: ignore[name-defined]
        kind = Annotated[list[level], Field(min_length=1, max_length=MAX_LEVELS)] if many else level
        fields[name] = (kind | None, Field(None, description=info.description))
    return fields


class _Levels(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Grid = create_model("Grid", __base__=_Levels, __doc__="Factors: a list of levels each.", **_fields(many=True))
Train = create_model(
    "Train", __base__=_Levels, __doc__="What every cell shares: one value each.", **_fields(many=False)
)


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

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "demo",
                    "grid": {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]},
                    "seeds": 3,
                    "train": {"dataset": "digits", "image_size": 32, "width": 0.25, "epochs": 8, "lr": 0.001},
                }
            ]
        },
    )

    name: str = Field(pattern=NAME_PATTERN, description="Letters, digits, '.', '_' and '-'; at most 64.")
    grid: Grid = Field(description="The factors and the levels that each takes.")
    seeds: Annotated[int | list[int], BeforeValidator(_check_seeds)] = Field(
        3, description="How many seeds (3 means 0, 1, 2), or a list of distinct ones."
    )
    train: Train = Field(default_factory=Train, description="What every cell shares.")
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
        description="Partial cells to leave out, for example [{'arch': 'yolo', 'lr': 0.1}].",
    )

    @property
    def seed_list(self) -> Sequence[int]:
        return range(self.seeds) if isinstance(self.seeds, int) else self.seeds

    @property
    def sharing(self) -> Sharing:
        return Sharing(self.priority, self.max_running, self.device)

    @property
    def levels(self) -> dict[str, list[Any]]:
        """The posted factors and their levels, in the order of `Cell`'s fields."""
        return {name: levels for name in FACTORS if (levels := getattr(self.grid, name)) is not None}

    def count(self) -> int:
        """Runs before `exclude`, from the lengths alone: nothing is expanded."""
        return math.prod(len(levels) for levels in self.levels.values()) * len(self.seed_list)


def expand(spec: GridSpec, max_runs: int) -> list[Cell]:
    """The cells of a grid, in the order of its levels.

    Raises SpecError naming the field for repeated levels or seeds, a key that stands twice or nowhere, a product over
    `max_runs`, an `exclude` that names no level, and a cell that cannot be built.
    """
    _check_keys(spec)
    if spec.count() > max_runs:
        sizes = " x ".join(f"{len(v)} {k}" for k, v in spec.levels.items())
        raise SpecError(
            "grid", f"{sizes} x {len(spec.seed_list)} seeds = {spec.count():,} runs; at most {max_runs:,} are allowed"
        )
    excluded = [_check_exclude(i, partial, spec.levels) for i, partial in enumerate(spec.exclude)]
    cells = list(_cells(spec, excluded))
    if not cells:
        raise SpecError("exclude", "leaves no cell; at least one must remain")
    return cells


def _check_keys(spec: GridSpec) -> None:
    fixed = spec.train.model_dump(exclude_none=True)
    for name, levels in spec.levels.items():
        if len(set(levels)) < len(levels):
            repeated = next(level for level in levels if levels.count(level) > 1)
            raise SpecError(f"grid.{name}", f"repeats the level {_show(repeated)}; each level may stand once")
        if name in fixed:
            raise SpecError(f"train.{name}", "stands in grid too; a key belongs in one of them")
    for name, info in Cell.model_fields.items():
        if info.is_required() and name not in spec.levels and name not in fixed:
            allowed = ", ".join(_show(level) for level in info.annotation)  # type: ignore[union-attr]
            raise SpecError(f"grid.{name}", f"is missing; a list of levels from: {allowed}")


def _check_exclude(index: int, partial: dict[str, Any], levels: dict[str, list[Any]]) -> dict[str, Any]:
    if not partial:
        raise SpecError(f"exclude.{index}", "is empty and would leave out every cell")
    for name, level in partial.items():
        if name not in levels:
            raise SpecError(f"exclude.{index}.{name}", f"is no factor of this grid; its factors: {', '.join(levels)}")
        if isinstance(level, bool) or level not in levels[name]:
            allowed = ", ".join(_show(known) for known in levels[name])
            raise SpecError(
                f"exclude.{index}.{name}", f"{_show(level)} is no level of this grid; its levels: {allowed}"
            )
    return partial


def _cells(spec: GridSpec, excluded: list[dict[str, Any]]) -> Iterator[Cell]:
    fixed = spec.train.model_dump(exclude_none=True)
    for combination in product(*spec.levels.values()):
        levels = dict(zip(spec.levels, combination, strict=True))
        if any(partial.items() <= levels.items() for partial in excluded):
            continue
        try:
            yield Cell(**levels, **fixed)
        except ValidationError:
            # Each level was validated with the grid, so it is their combination.
            field, message = cell_problem(Cell.model_construct(**levels, **fixed)) or ("", "cannot be built")
            raise SpecError(f"{'grid' if field in levels else 'train'}.{field}", message) from None


def _show(level: Any) -> str:
    return repr(str(level)) if isinstance(level, str) else repr(level)
