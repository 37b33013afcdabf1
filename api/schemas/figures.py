"""The queries for figures."""

from typing import Literal

from pydantic import Field

from api.schemas.statistics import START_VALUE
from api.schemas.summary import Cells

Form = Literal["svg", "png", "pdf"]


class FigureQuery(Cells):
    caption: Literal["full", "short", "none"] = Field(
        "full",
        description="What the caption says. 'full': all that a reader needs to know. 'short': what the lines and areas "
        "are. 'none': nothing, for a page that says it itself.",
    )


class BandsQuery(FigureQuery):
    band: Literal["survivors", "all", "mean"] = Field(
        "survivors",
        description="Which band to draw. 'survivors': from the lowest to the highest run, where a diverged run counts "
        "only before the epoch in which it diverged. 'all': the same, but from that epoch on, it counts with the "
        "metric's worst value. 'mean': the 95 % band of the mean curve, which holds at all epochs at once.",
    )


class RegionQuery(FigureQuery):
    x: str | None = Field(None, description="Factor along x.")
    y: str | None = Field(None, description="Factor along y; by default the one with the most levels.")


class ReachingQuery(FigureQuery):
    threshold: float = Field(0.9, allow_inf_nan=False, description="Value of the metric that runs should reach.")


class SensitivityQuery(FigureQuery):
    x: str | None = Field(None, description="Factor along x, with three or more numbers as levels.")
    start_value: float | None = START_VALUE
