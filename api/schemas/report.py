"""The query for a report."""

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.filters import ExperimentName
from api.schemas.summary import ABOUT_TASK


class ReportQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    experiment: ExperimentName = Field(description="Name of the experiment.")
    task: str | None = Field(None, description=ABOUT_TASK)
