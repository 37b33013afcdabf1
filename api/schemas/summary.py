"""Says which cells a query is about, and what GET /summary answers about them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.filters import ExperimentName
from evenkeel.analysis.summary import CellSummary
from evenkeel.records.left_out import LeftOut

Format = Literal["json", "csv", "parquet", "latex"]
ABOUT_TASK = "Only cells of this task; by default the task of the experiment."


class Cells(BaseModel):
    """The fields that every query about cells has. Any other name is a filter, a factor of the task.

    Which tasks, metrics and factors there are may change while the API runs, so `api.questions` checks them.
    """

    model_config = ConfigDict(extra="allow")

    experiment: ExperimentName | None = Field(
        None, description="Only cells of this experiment; by default cells of all experiments."
    )
    metric: str | None = Field(None, description="Name of the metric; by default the task's own default metric.")
    task: str | None = Field(None, description=ABOUT_TASK)


class SummaryQuery(Cells):
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
