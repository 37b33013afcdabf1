"""What the API takes and answers about imports. The types of the library are taken and answered as they are."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from evenkeel.importing.arrival import MOST_PARAMS, PLAIN, Arrival, Name, Time, WantedMetric
from evenkeel.importing.from_mlflow import Wanted
from evenkeel.importing.metrics import MOST
from evenkeel.importing.preparing import Asked
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.results import Imported
from evenkeel.importing.taking import ImportView
from evenkeel.plugins import NAME_PATTERN

__all__ = ["Arrival", "ImportView", "Imported", "PostedImport"]


class PostedImport(BaseModel):
    """An experiment of the MLflow that the settings name, and how its runs become cells. A key that is left out is as
    it was when the experiment was first imported."""

    model_config = ConfigDict(extra="forbid")

    experiment: Annotated[str, Field(min_length=1, max_length=500, pattern=PLAIN)] = Field(
        description="Name of the experiment in MLflow."
    )
    filter: Annotated[str, Field(max_length=6000, pattern=PLAIN)] = Field(
        "", description="Only the runs that MLflow finds with this filter, such as `params.optimizer = 'adam'`."
    )
    into: str | None = Field(
        None, pattern=NAME_PATTERN, description="Name of the experiment here. By default it is the same name."
    )
    seed: Name | None = Field(None, description="The param or tag that is the seed of a run. By default 'seed'.")
    ignore: list[Name] | None = Field(
        None, max_length=MOST_PARAMS, description="Params that are no factors, even if they vary over the runs."
    )
    factors: list[Name] | None = Field(
        None, max_length=MOST_PARAMS, description="The only params that are factors. By default all that vary."
    )
    metrics: list[WantedMetric] | None = Field(
        None,
        min_length=1,
        max_length=MOST,
        description="The metrics. An epoch ends wherever the first one was logged. By default all whose names tell "
        "which way they are better.",
    )
    began_ms: Time | None = Field(None, description="For a request that goes on with an import: its `began_ms`.")
    after: Name | None = Field(None, description="For a request that goes on with an import: its `after`.")

    @property
    def wanted(self) -> Wanted:
        """Raises ImportProblem if `into` is missing, and the experiment cannot have the same name here."""
        into = self.into or self.experiment
        if not re.match(NAME_PATTERN, into):
            raise ImportProblem("into", f"{into!r:.80} cannot be the name of an experiment here; give another one")
        metrics = None if self.metrics is None else [(metric.name, metric.better) for metric in self.metrics]
        asked = Asked(self.seed, self.ignore, self.factors, metrics)
        return Wanted(self.experiment, self.filter, into, asked, self.began_ms, self.after)
