"""The query for a report."""

from pydantic import BaseModel, ConfigDict, Field, create_model

from api.schemas.filters import ExperimentName, task_field
from evenkeel.grids.tasks import known_tasks


class _Report(BaseModel):
    model_config = ConfigDict(extra="forbid")

    experiment: ExperimentName = Field(description="Name of the experiment.")
    task: str


ReportQuery = create_model("ReportQuery", __base__=_Report, task=task_field(known_tasks()))
