"""The queries for figures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from api.schemas.grids import default_of
from api.schemas.statistics import START_VALUE
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


class FigureQuery(CellsQuery):
    caption: Literal["full", "short", "none"] = Field(
        "full",
        description="What the caption says. 'full': all that a reader needs to know. 'short': what the lines and areas "
        "are. 'none': nothing, for a page that says it itself.",
    )


class BandsQuery(FigureQuery):
    band: Literal["survivors", "all", "mean"] = Field(
        "survivors",
        description="Which band to draw. 'survivors': from the lowest to the highest run, where a diverged run counts "
        "only before the epoch in which it diverged. 'all': the same, but from that epoch on, it counts with the "
        "metric's worst value. 'mean': the 95 % band of the mean curve, which holds at all epochs at once.",
    )


if TYPE_CHECKING:
    Factor = str
else:
    Factor = factor_type(known_tasks())


class RegionQuery(FigureQuery):
    x: Factor = Field(region_factor(known_tasks()[default_of(known_tasks())]), description="Factor along x.")
    y: Factor | None = Field(None, description="Factor along y; by default the one with the most levels.")


class ReachingQuery(FigureQuery):
    threshold: float = Field(0.9, allow_inf_nan=False, description="Value of the metric that runs should reach.")


class SensitivityQuery(FigureQuery):
    x: Factor = Field(
        region_factor(known_tasks()[default_of(known_tasks())]),
        description="Factor along x, with three or more numbers as levels.",
    )
    start_value: float | None = START_VALUE
