"""Questions to the statistics: which factor mattered, is one cell better, how many seeds would tell."""

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.summary import CellsQuery, Format

CellName = Annotated[str, Field(min_length=1, max_length=300)]
A_CELL = (
    "A cell: its name, a beginning of the name that fits no other cell, its hash, or 4 digits or more of the hash's "
    "beginning."
)


class EffectsQuery(CellsQuery):
    format: Format | None = Field(None, description="Otherwise what the Accept header asks for, else json.")


class CompareQuery(EffectsQuery):
    a: CellName = Field(description=A_CELL)
    b: list[CellName] = Field(
        default=[], max_length=100, description="Cells to compare it with; every other one if none is named."
    )


class SeedsQuery(CellsQuery):
    cell: CellName = Field(description=A_CELL)
    half_width: float = Field(gt=0, allow_inf_nan=False, description="Of the 95 % interval, in the metric's unit.")
    of: Literal["mean", "std", "divergence"] = Field("mean", description="What is to be known so well.")
