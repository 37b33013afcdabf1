"""Which cells a query is about, and what GET /summary answers of them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from api.schemas.filters import ExperimentName, narrowing
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.left_out import LeftOut

Format = Literal["json", "csv", "parquet"]


class Cells(BaseModel):
    """Every query has, beside these, a filter for each parameter of a task (`api.schemas.filters`)."""

    model_config = ConfigDict(extra="forbid")

    experiment: ExperimentName | None = Field(None, description="Only this experiment; all of them otherwise.")
    metric: str
    task: str


class _Summary(Cells):
    threshold: float | None = Field(
        None, allow_inf_nan=False, description="Of the metric: in which epoch do runs reach it? (0.9, say.)"
    )
    format: Format | None = Field(None, description="Otherwise what the Accept header asks for, else json.")
    table: Literal["cells", "epochs", "runs"] = Field(
        "cells", description="Of csv and parquet: a row a cell, a cell and epoch, or a run and epoch."
    )


CellsQuery = create_model("CellsQuery", __base__=Cells, **narrowing(known_tasks()))
SummaryQuery = create_model("SummaryQuery", __base__=_Summary, **narrowing(known_tasks()))


class Summary(BaseModel):
    metric: str = Field(description="What was summarised.")
    experiment: str | None = Field(description="The experiment it was narrowed to; null for all.")
    filters: dict[str, list[Any]] = Field(description="The levels it was narrowed to.")
    differing: list[str] = Field(
        description="Factors in which these cells differ and of which their names say nothing."
    )
    fewest_seeds: int | None = Field(
        description="Fewest seeds behind the survivors' band of any of these cells at any epoch; null without a band."
    )
    cells: list[CellSummary] = Field(description="One entry a cell (everything but the seed), by their levels.")
    left_out: list[LeftOut] = Field(description="Cells that cannot be read here, so that they are not among the cells.")
