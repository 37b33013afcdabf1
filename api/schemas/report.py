"""What a report is asked of."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.grids import default_of
from evenkeel.lab.tasks import known_tasks
from evenkeel.plugins import NAME_PATTERN

TaskName: Any = Literal[tuple(known_tasks())]


class ReportQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    experiment: Annotated[str, Field(pattern=NAME_PATTERN)] = Field(description="The experiment.")
    task: TaskName = Field(default_of(known_tasks()), description="Only cells of this task.")
