"""The queries for figures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from api.schemas.grids import default_of
from api.schemas.summary import CellsQuery
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import Task

Form = Literal["svg", "png", "pdf"]


def region_factor(task: Task) -> str:
    """The factor along x if a query names none.

    It is the task's own `region_factor`. A task without one uses its first parameter that is a number, or else its
    first parameter.
    """
    numbers = [name for name, info in task.parameters.model_fields.items() if info.annotation in (int, float)]
    return task.region_factor or next(iter(numbers), task.factors[0])


def factor_type(tasks: Mapping[str, Task]) -> Any:
    """The type of the name of a factor of any task."""
    return Literal[tuple(dict.fromkeys(factor for task in tasks.values() for factor in task.factors))]


class BandsQuery(CellsQuery):
    band: Literal["survivors", "all"] = Field(
        "survivors",
        description="Runs that the band counts. 'survivors': a diverged run counts only before the epoch in which it "
        "diverged. 'all': from that epoch on, it counts with the metric's worst value.",
    )


if TYPE_CHECKING:
    Factor = str
else:
    Factor = factor_type(known_tasks())


class RegionQuery(CellsQuery):
    x: Factor = Field(region_factor(known_tasks()[default_of(known_tasks())]), description="Factor along x.")
    y: Factor | None = Field(None, description="Factor along y; by default the one with the most levels.")


class ReachingQuery(CellsQuery):
    threshold: float = Field(0.9, allow_inf_nan=False, description="Value of the metric that runs should reach.")
