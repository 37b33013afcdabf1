"""What may be asked of the data of charts. Every other name is a filter, as in GET /summary."""

from typing import Literal

from pydantic import BaseModel, Field

from api.questions import Question, Reading, find_task
from api.schemas.summary import Cells

Band = Literal["survivors", "all", "mean"]


class BandsData(Cells):
    """The bands of the cells of an experiment. `traces`: also each seed's curve."""

    band: Band = "survivors"
    traces: bool = False


class BandsView(BaseModel):
    """What is chosen in the form above a chart of bands. Rows, columns and colour: the name of a factor, or 'none'."""

    metric: str | None = None
    task: str | None = None
    band: Band = "survivors"
    rows: str | None = None
    columns: str | None = None
    colour: str | None = None
    traces: bool = False
    smooth: int = Field(0, ge=0, le=100)
    log: bool | None = None


class CellData(BaseModel):
    """Every curve of a cell. `cell`: the cell's hash. `run` and `seed`: those of the run that a page is about."""

    experiment: str
    cell: str
    task: str | None = None
    run: str | None = None
    seed: int | None = None


def about_cell(query: CellData, reading: Reading) -> Question:
    """The question of which the curves of a cell are a part. Raises QueryError and NoSuchExperiment."""
    task = find_task(query.task, query.experiment, reading.lab)
    return Question(task, task.metric(task.default_metric), query.experiment, {})
