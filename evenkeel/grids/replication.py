"""Rules by which the lab adds seeds to an experiment by itself, until a question is decided."""

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from evenkeel.result import about, result

MAX_SEEDS = 100_000
FEWEST = 2  # a single seed has no interval


class Until(BaseModel):
    """What has to be known. It names exactly one of `half_width` and `decided`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    half_width: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="The mean of the final values of each cell is known to within -+ this, in the metric's unit."
    )
    decided: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None,
        description="The effect of this factor on the final value is shown. It has two or more levels in the grid.",
    )
    metric: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        None, description="The metric that is meant; by default the task's own default metric."
    )

    @model_validator(mode="after")
    def _check_that_one_is_named(self) -> Self:
        if (self.half_width is None) == (self.decided is None):
            raise PydanticCustomError("until", "must have exactly one of: half_width, decided")
        return self


class SeedRule(BaseModel):
    """Every cell has `min` seeds at first. Then the lab adds one after another, until `until` is so or `max` is
    reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: int = Field(
        strict=True, ge=FEWEST, le=MAX_SEEDS, description="The number of seeds that every cell has at first."
    )
    max: int = Field(strict=True, ge=FEWEST, le=MAX_SEEDS, description="The largest number of seeds of a cell.")
    until: Until = Field(description="What has to be known before no more seeds are added.")

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.max < self.min:
            raise PydanticCustomError("range", "max must be at least min, which is {min}", {"min": self.min})
        return self

    @property
    def level_shares(self) -> int:
        """Into how many shares the level of a test is divided, because the rule looks at the results.

        A rule that waits for an effect tests it up to max - min + 1 times. A rule that waits for a width tests nothing,
        but each cell stops where its seeds happen to lie close together. Then effects that do not exist are claimed
        twice as often: see docs/statistics.md.
        """
        return 2 if self.until.decided is None else self.max - self.min + 1


@dataclass(frozen=True)
class PostedRule:
    """The rule of an experiment, with the task whose cells it is about, and the id of the API key that posted it."""

    rule: SeedRule
    task: str
    posted_by: str
    posted_ms: int


@result
class Replication:
    """A rule, and where it stands."""

    min: int = about("The number of seeds that every cell has at first.")
    max: int = about("The largest number of seeds of a cell.")
    until: Until = about("What has to be known before no more seeds are added.")
    going: bool = about("Whether seeds may still be added. Until then no difference between cells is claimed.")
    says: str = about("Why seeds are still added, or why no more are.")


def where_it_stands(posted: PostedRule | None, going: bool, says: str) -> Replication | None:
    """The rule of an experiment as the API shows it. says: what was last decided; empty before the first decision."""
    if posted is None:
        return None
    rule = posted.rule
    at_first = f"Each cell has {rule.min} seeds at first. Then the rule decides whether it gets more, up to {rule.max}."
    return Replication(rule.min, rule.max, rule.until, going, says or at_first)
