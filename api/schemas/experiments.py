"""What the API answers about experiments. Results of the lab that are types already are answered as they are."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from evenkeel.grids.about import About
from evenkeel.grids.sharing import MAX_PRIORITY, MAX_THREADS, MIN_PRIORITY, Device, Sharing
from evenkeel.lab.brief import ExperimentBrief
from evenkeel.lab.experiments import ExperimentDetail
from evenkeel.lab.forget import Deleted, Forgotten
from evenkeel.lab.happened import Event
from evenkeel.lab.planned import GridPlan
from evenkeel.lab.seeds import SeedsAdded
from evenkeel.lab.steering import Cancelled, Paused, Resumed, Retried
from evenkeel.records.left_out import LeftOut
from evenkeel.records.progress import RunCounts

MAX_ADDED = 1_000  # seeds at once

__all__ = [
    "Cancelled",
    "Deleted",
    "Event",
    "ExperimentBrief",
    "ExperimentChanges",
    "ExperimentDetail",
    "ExperimentPosted",
    "Forgotten",
    "GridPlan",
    "Paused",
    "Resumed",
    "Retried",
    "SeedsAdded",
    "SeedsWanted",
]


class ExperimentPosted(BaseModel):
    name: str = Field(description="Name of the experiment.")
    created: int = Field(description="Number of runs that this request created.")
    existing: int = Field(description="Number of runs of the grid that existed before.")
    num_cells: int = Field(description="Number of cells in the posted grid.")
    num_runs: RunCounts = Field(
        description="All runs of the experiment, by status and by outcome. A post queues none of them again; "
        "POST /experiments/{name}/retry queues the failed and cancelled ones."
    )
    broker: Literal["rung", "away"] = Field(
        description="'rung' if the broker was reached. 'away' if not: the runs are stored, and start when it is back."
    )
    waits_for: str | None = Field(
        description="Why no worker trains the runs now, such as a pause of the experiment; null if a worker can."
    )
    url: str = Field(description="Path at which the experiment can be followed.")
    notes: list[str] = Field(
        description="What is worth knowing about the cells and not visible in their levels, such as which combinations "
        "of levels are one cell."
    )
    left_out: list[LeftOut] = Field(description="Cells of the experiment that cannot be read here.")


class SeedsWanted(BaseModel):
    """How many seeds to add to every cell of an experiment."""

    model_config = ConfigDict(extra="forbid")

    add: int = Field(
        strict=True,
        ge=1,
        le=MAX_ADDED,
        description="How many seeds each cell gets. They come after its highest one.",
    )


class ExperimentChanges(About):
    """Changes to an experiment, at least one. A key that is missing leaves its value as it is."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    priority: int | None = Field(
        None,
        strict=True,
        ge=MIN_PRIORITY,
        le=MAX_PRIORITY,
        description="Experiments with a higher priority go first. The usual priority is 0.",
    )
    max_running: int | None = Field(
        None, strict=True, ge=0, le=10_000, description="How many of its runs may train at once; 0 for no limit."
    )
    device: Device | None = Field(None, description="Device on which its queued runs may train.")
    threads: int | None = Field(
        None,
        strict=True,
        ge=1,
        le=MAX_THREADS,
        description="Number of CPU threads of each of its runs. It can be changed only before one of them starts.",
    )

    @property
    def sharing(self) -> Sharing:
        return Sharing(self.priority, self.max_running, self.device, self.threads)

    @property
    def about(self) -> About:
        return About(note=self.note, tags=self.tags)

    @model_validator(mode="after")
    def _check_that_something_changes(self) -> Self:
        if all(value is None for _, value in self):
            allowed = ", ".join(type(self).model_fields)
            raise PydanticCustomError(
                "nothing", f"names nothing to change; allowed: {allowed} (max_running 0: no limit)"
            )
        return self
