"""The queries for statistics: which factors mattered, is one cell better, how many seeds are needed?"""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.filters import ExperimentName
from api.schemas.summary import Cells, Format

CellName = Annotated[str, Field(min_length=1, max_length=300)]
A_CELL = (
    "A cell: its name or its hash, or a beginning of either that fits no other cell. The beginning of a hash needs at "
    "least 4 digits."
)


START_VALUE: Any = Field(
    None,
    allow_inf_nan=False,
    description="Value of the metric before training, such as log(classes) for a loss. In the sensitivities, a run "
    "with a worse value counts with this one, and so does a diverged run of which the metric would be infinite.",
)


class TableQuery(Cells):
    format: Format | None = Field(
        None, description="Format of the answer; by default the one that the Accept header names, or else json."
    )


class EffectsQuery(TableQuery):
    start_value: float | None = START_VALUE


class CompareQuery(TableQuery):
    a: CellName = Field(description=A_CELL)
    b: list[CellName] = Field(
        default=[], max_length=100, description="Cells to compare it with; by default every other cell."
    )
    b_experiment: ExperimentName | None = Field(
        None, description="Experiment of the cells `b`; by default that of `a`. With it, two experiments are compared."
    )
    margin: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Also test whether `a` is nearly as stable: whether it spreads less than this many times as wide.",
    )
    mean_margin: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Also test whether the means are nearly equal: less than this far apart, in the metric's unit.",
    )


class SeedsQuery(Cells):
    cell: CellName = Field(description=A_CELL)
    half_width: float = Field(
        gt=0,
        allow_inf_nan=False,
        description="Half of the width that the 95 % interval may have, in the metric's unit; for divergence a share.",
    )
    of: Literal["mean", "std", "divergence"] = Field("mean", description="What to estimate.")
