"""A batch of runs on its way into the lab: what the command line posts to `POST /imports/runs`."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator
from pydantic_core import PydanticCustomError

from evenkeel.importing.heads import State
from evenkeel.importing.metrics import MOST
from evenkeel.importing.values import LARGEST, LONGEST, LONGEST_NAME, Level, to_level
from evenkeel.plugins import NAME_PATTERN

# A body of this many values has about 160 KB. The API takes 256 KB.
MOST_VALUES = 8_000
MOST_RUNS = 100  # of a batch
MOST_PARAMS = 1_000
LATEST_MS = 2**53
PLAIN = r"^[^\x00-\x1f\x7f]*$"

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=PLAIN)]
Whole = Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)]
Number = Annotated[StrictFloat, Field(allow_inf_nan=False)]
Word = Annotated[StrictStr, Field(max_length=LONGEST, pattern=PLAIN)]
LevelIn = StrictBool | Whole | Number | Word | None
Time = Annotated[StrictInt, Field(ge=0, le=LATEST_MS)]
Seconds = Annotated[StrictFloat, Field(ge=0, le=1e9)]
Value = Number


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WantedMetric(Part):
    name: Name = Field(description="Name of the metric where it was logged.")
    better: Literal["higher", "lower"] = Field(description="Which values of it are better.")


class Choices(Part):
    """How runs become cells. An experiment keeps what it began with."""

    seed: Name = Field("seed", description="The param or tag that is the seed of a run.")
    ignore: list[Name] = Field(
        [], max_length=MOST_PARAMS, description="Params that are no factors, even if they vary over the runs."
    )
    factors: list[Name] | None = Field(
        None, max_length=MOST_PARAMS, description="The only params that are factors; null for all that vary."
    )
    metrics: list[WantedMetric] = Field(
        min_length=1,
        max_length=MOST,
        description="The metrics. The first one is the default metric, and an epoch ends wherever it was logged.",
    )


class RunIn(Part):
    """A run that was trained elsewhere."""

    id: Name = Field(description="Tells the run apart from the other runs of its source.")
    state: State = Field(description="How far it got there.")
    seed: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)] | None = Field(description="Its seed; null if it has none.")
    params: dict[Name, LevelIn] = Field(
        max_length=MOST_PARAMS,
        description="Its params, without the seed, and without those that have one value over all runs of the source.",
    )
    started_ms: Time | None = Field(None, description="When it started, in ms since 1970; null if that is not known.")
    ended_ms: Time | None = Field(None, description="When it ended, in ms since 1970; null if that is not known.")
    curves: dict[Name, list[Value | None]] = Field(
        {}, max_length=MOST, description="Metric -> its value in each epoch, from epoch 1; null if it is not known."
    )
    seconds: list[Seconds] | None = Field(None, description="How long each epoch took; null if that is not known.")
    diverged_epoch: Annotated[StrictInt, Field(ge=1)] | None = Field(
        None,
        description="Epoch in which the run diverged: its metric is not finite then and later. Null if it did not.",
    )
    lost: str = Field("", max_length=250, description="That metric; empty if the run did not diverge.")
    collapsed: StrictBool = Field(False, description="Whether it ended no better than a constant predictor.")
    renumbered: StrictBool = Field(False, description="Whether its steps were numbered anew, as epochs in a row.")
    own: StrictBool = Field(False, description="Whether it is a copy of a run that a lab trained.")
    too_long: StrictBool = Field(False, description="Whether its curves were left out: too many values.")

    @property
    def num_epochs(self) -> int:
        return max(map(len, self.curves.values()), default=0)

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        lengths = {len(curve) for curve in self.curves.values()} | ({len(self.seconds)} if self.seconds else set())
        if len(lengths) > 1:
            raise PydanticCustomError("lengths", "every curve of a run must have the same number of epochs")
        if self.diverged_epoch is not None and self.diverged_epoch > self.num_epochs + 1:
            raise PydanticCustomError("diverged_epoch", "diverged_epoch must be one of its epochs, or the one after")
        return self


class Arrival(Part):
    """Runs that were trained elsewhere, and what their import has to know of the others."""

    into: str = Field(pattern=NAME_PATTERN, description="Name of the experiment.")
    source: Name = Field(description="Where the runs come from: the address of a page, or the name of a file.")
    choices: Choices = Field(description="How runs become cells.")
    params: dict[Name, list[LevelIn]] = Field(
        max_length=MOST_PARAMS,
        description="Param -> its values over all runs of the source, the most frequent first; null for a run without "
        "it. Without the seed and what is ignored.",
    )
    num_runs: StrictInt = Field(ge=0, description="Number of runs of the source that are to be stored in all.")
    began_ms: Time | None = Field(
        None, description="When this import began, in ms since 1970: the same for all of its batches. By default now."
    )
    runs: list[RunIn] = Field(max_length=MOST_RUNS, description="The runs of this batch.")

    def value(self, run: RunIn, param: str) -> Level:
        """The value of a param of a run. A param that has one value over all runs need not stand in each of them."""
        levels = self.params.get(param, ())
        return to_level(run.params.get(param, levels[0] if len(levels) == 1 else None))
