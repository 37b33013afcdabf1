"""What a reader of the page of an experiment chose to see: the metric, some levels, and which cells come first."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from api.pages.charts.queries import BandsView
from api.pages.formats import path, query
from api.schemas.summary import Cells
from evenkeel.analysis.choosing import First

# What is chosen above the chart, and changes nothing but the chart.
OF_CHART = BandsView.model_fields.keys() - {"metric", "task"}


class StudyQuery(Cells):
    """What the page and each of its parts show. Any other name is a filter, as in a summary."""

    threshold: float | None = Field(None, allow_inf_nan=False, description="A value of the metric, such as 0.9.")
    first: First | None = Field(
        # No factor has a name that begins with '_', so none is taken for it.
        None,
        alias="_first",
        description="Which cells come first; by default the best if not all are shown.",
    )

    x: str | None = Field(None, description="Factor along x of the stability region.")
    y: str | None = Field(None, description="Factor along its y.")

    @property
    def filters(self) -> dict[str, list[str]]:
        """Factor -> the texts of the levels to keep."""
        return {name: texts if isinstance(texts, list) else [texts] for name, texts in (self.model_extra or {}).items()}

    def parameters(self, *but: str) -> list[tuple[str, str]]:
        """The parameters of its address, without those of the names `but`."""
        own = {"metric": self.metric, "task": self.task, "threshold": self.threshold, "_first": self.first}
        own |= {"x": self.x, "y": self.y}
        pairs = [(name, f"{value}") for name, value in own.items() if value is not None]
        pairs += [(name, text) for name, texts in self.filters.items() for text in texts]
        return [(name, text) for name, text in pairs if name not in but]

    def address(self, part: str = "", *but: str) -> str:
        """The address of the page, or of one of its parts."""
        parts = ("ui", "experiments", self.experiment, *([part] if part else []))
        return path(*parts) + query(self.parameters(*but))

    def of_api(self, **more: Any) -> list[tuple[str, Any]]:
        """The parameters of a call of the API about the same cells."""
        pairs: list[tuple[str, Any]] = [
            ("experiment", self.experiment),
            *self.parameters("threshold", "_first", "x", "y"),
        ]
        return pairs + [(name, value) for name, value in more.items() if value is not None]


def read_query(name: str, request: Request) -> StudyQuery:
    """The query of a request for the page of the experiment `name`, or for a part of it. A field that is left empty, as
    forms send it, asks for nothing, and what only the chart reads is passed over. Raises RequestValidationError."""
    given: dict[str, list[str]] = {}
    for key, text in request.query_params.multi_items():
        if text != "" and key not in OF_CHART:
            given.setdefault(key, []).append(text)
    known = {field.alias or key for key, field in StudyQuery.model_fields.items()}
    values: Mapping[str, Any] = {key: texts[-1] if key in known else texts for key, texts in given.items()}
    try:
        return StudyQuery.model_validate({**values, "experiment": name})
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("query", *each["loc"])} for each in error.errors()]) from error
