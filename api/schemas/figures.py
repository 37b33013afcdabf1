"""What figures are asked for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from api.schemas.grids import default_of
from api.schemas.summary import CellsQuery
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import Task

Form = Literal["svg", "png", "pdf"]


def region_factor(task: Task) -> str:
    """The factor along x where a query names none: the task's own `region_factor`; without one the first parameter that
    is a number; without such a one the first parameter."""
    numbers = [name for name, info in task.parameters.model_fields.items() if info.annotation in (int, float)]
    return task.region_factor or next(iter(numbers), task.factors[0])


def factor_type(tasks: Mapping[str, Task]) -> Any:
    """The name of a factor of some task."""
    return Literal[tuple(dict.fromkeys(factor for task in tasks.values() for factor in task.factors))]


class BandsQuery(CellsQuery):
    band: Literal["survivors", "all"] = Field(
        "survivors", description="all: a diverged run counts with the metric's worst value from then on."
    )


if TYPE_CHECKING:
    Factor = str
else:
    Factor = factor_type(known_tasks())


class RegionQuery(CellsQuery):
    x: Factor = Field(region_factor(known_tasks()[default_of(known_tasks())]), description="The factor along x.")
    y: Factor | None = Field(None, description="The factor along y; otherwise the one with the most levels.")


class ReachingQuery(CellsQuery):
    threshold: float = Field(0.9, allow_inf_nan=False, description="Of the metric.")
