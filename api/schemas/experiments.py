"""What the API answers of experiments, every field described; what the lab tells itself is answered as it is."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from evenkeel.grids.sharing import MAX_PRIORITY, MIN_PRIORITY, Device
from evenkeel.lab.experiments import Cancelled, ExperimentBrief, ExperimentDetail, Retried
from evenkeel.lab.forget import Forgotten
from evenkeel.lab.left_out import LeftOut
from evenkeel.lab.posting import GridPlan

__all__ = [
    "Cancelled",
    "ExperimentBrief",
    "ExperimentDetail",
    "ExperimentPosted",
    "Forgotten",
    "GridPlan",
    "Retried",
    "SharingChanges",
]


class ExperimentPosted(BaseModel):
    name: str = Field(description="The experiment.")
    created: int = Field(description="Runs that this request made.")
    existing: int = Field(description="Runs of the grid that were there before.")
    num_cells: int = Field(description="Cells of the posted grid.")
    broker: Literal["rung", "away"] = Field(
        description="'away': the broker could not be reached; the runs are stored and start when it is back."
    )
    waits_for: str | None = Field(description="What keeps the runs waiting: no worker could train them now; else null.")
    url: str = Field(description="Where the experiment can be followed.")
    left_out: list[LeftOut] = Field(description="Cells of the experiment that cannot be read here.")


class SharingChanges(BaseModel):
    """What is left out stays as it is; one key at least is named."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1})

    priority: int | None = Field(None, strict=True, ge=MIN_PRIORITY, le=MAX_PRIORITY, description="0 is usual.")
    max_running: int | None = Field(
        None, strict=True, ge=0, le=10_000, description="Most of its runs that train at once; 0 for no limit."
    )
    device: Device | None = Field(None, description="Where its queued runs may train.")

    @model_validator(mode="after")
    def _check_that_something_changes(self) -> Self:
        if all(value is None for _, value in self):
            allowed = ", ".join(type(self).model_fields)
            raise PydanticCustomError(
                "nothing", f"names nothing to change; allowed: {allowed} (max_running 0: no limit)"
            )
        return self
