"""Says which cells a query is about, and what GET /summary answers about them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from api.schemas.filters import ExperimentName, narrowing
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.tasks import known_tasks
from evenkeel.records.left_out import LeftOut

Format = Literal["json", "csv", "parquet", "latex"]


class Cells(BaseModel):
    """The fields that every query has. It also has a filter for each parameter of a task (`api.schemas.filters`)."""

    model_config = ConfigDict(extra="forbid")

    experiment: ExperimentName | None = Field(
        None, description="Only cells of this experiment; by default cells of all experiments."
    )
    metric: str
    task: str


class _Summary(Cells):
    threshold: float | None = Field(
        None,
        allow_inf_nan=False,
        description="A value of the metric, such as 0.9. The answer then says in which epoch runs reach it.",
    )
    format: Format | None = Field(
        None, description="Format of the answer; by default the one that the Accept header names, or else json."
    )
    table: Literal["cells", "epochs", "runs"] = Field(
        "cells",
        description="What a row of a table is. 'cells': a cell. 'epochs': a cell at an epoch. 'runs': a run at "
        "an epoch.",
    )


CellsQuery = create_model("CellsQuery", __base__=Cells, **narrowing(known_tasks()))
SummaryQuery = create_model("SummaryQuery", __base__=_Summary, **narrowing(known_tasks()))


class Summary(BaseModel):
    metric: str = Field(description="Name of the metric.")
    experiment: str | None = Field(
        description="Name of the experiment that the cells belong to; null for all experiments."
    )
    filters: dict[str, list[Any]] = Field(description="Levels that the query asked for, by factor.")
    differing: list[str] = Field(description="Factors in which these cells differ, but which their names do not show.")
    fewest_seeds: int | None = Field(
        description="Smallest number of seeds behind the survivors' band of any cell at any epoch; null without a band."
    )
    cells: list[CellSummary] = Field(
        description="One entry for each cell (everything but the seed), in the order of their levels."
    )
    left_out: list[LeftOut] = Field(description="Cells that cannot be read here. They are not in the summary.")
