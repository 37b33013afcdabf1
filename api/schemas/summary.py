"""The summary: one entry a cell."""

from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ConfigDict, Field, create_model

from api.schemas.experiments import RunCounts
from lab.cell import NAME_PATTERN, Cell
from lab.spec import MAX_LEVELS
from lab.stability.evidence import Level
from lab.status import Outcome

Metric = Literal[
    "train_accuracy",
    "val_accuracy",
    "train_loss",
    "val_loss",
    "grad_norm_mean",
    "grad_norm_max",
    "update_ratio",
    "loss_jump",
    "dead_units",
]
Format = Literal["json", "csv", "parquet"]
Value = float | None


class Evidence(BaseModel):
    n: int = Field(description="Distinct seeds that have finished.")
    level: Level = Field(description="traces under 3, descriptive from 3, intervals from 5, full from 10.")
    says: str = Field(description="What may be said with so many.")
    more: str = Field(description="How to get to the next level; empty at the last.")


class Divergence(BaseModel):
    n: int = Field(description="Finished runs.")
    diverged: int = Field(description="Their loss became non-finite, or ended above ten times its start.")
    collapsed: int = Field(description="They ended at chance: within the binomial 99 % range of it.")
    rate: Value = Field(description="Diverged or collapsed, of n; null for n = 0.")
    low: float = Field(description="95 % interval of the rate (Clopper-Pearson).")
    high: float = Field(description="Its upper end: 0 of 3 only bounds it at 0.71.")


class FinalStats(BaseModel):
    n: int = Field(description="Runs that finished their last epoch; a diverged run has no final value.")
    mean: Value = Field(description="Over these runs; null for n = 0.")
    mean_low: Value = Field(description="95 % interval of the mean (t); null for n < 2.")
    mean_high: Value = Field(description="Its upper end.")
    std: Value = Field(description="With ddof 1; null for n < 2.")
    std_low: Value = Field(description="95 % interval of the std (chi-square; needs normal values).")
    std_high: Value = Field(description="Its upper end.")
    median: Value = Field(description="Over these runs.")
    min: Value = Field(description="The worst or best seed, as the metric goes.")
    max: Value = Field(description="The other end.")
    iqm: Value = Field(description="Interquartile mean; null for n < 4.")
    iqm_low: Value = Field(description="95 % interval of the iqm (percentile bootstrap); null for n < 10.")
    iqm_high: Value = Field(description="Its upper end.")


class OverSeeds(BaseModel):
    median: Value = Field(description="Over the seeds.")
    worst: Value = Field(description="Of the roughest seed.")


class WithinRun(BaseModel):
    jitter: OverSeeds = Field(description="Interquartile range of the changes from epoch to epoch, of the run's range.")
    worst_drop: OverSeeds = Field(description="Largest change for the worse in one epoch, of the run's range.")
    max_drawdown: OverSeeds = Field(description="Largest fall below the best so far, of the run's range.")
    spikes: OverSeeds = Field(description="Epochs in which the training loss rose by over a tenth of its range.")


class Steps(BaseModel):
    epoch: list[int] = Field(description="Epochs in which a run reached the threshold, after 0.")
    not_reached: list[float] = Field(description="Share that has not, after each.")


class Reaching(BaseModel):
    threshold: float = Field(description="Of the metric.")
    n: int = Field(description="Runs watched.")
    reached: int = Field(description="Runs that got there.")
    median_epoch: int | None = Field(description="Kaplan-Meier median; null where half of the runs never get there.")
    curve: Steps = Field(description="The Kaplan-Meier curve.")


class Noise(BaseModel):
    num_runs: int = Field(description="Runs whose right and wrong examples are known.")
    num_examples: int = Field(description="Validation examples.")
    observed: float = Field(description="Variance over seeds of the validation accuracy.")
    distribution_raw: float = Field(description="Its part that is not the finite test set's, unbiased: may be below 0.")
    distribution: float = Field(description="The same, clipped to 0 and to what was observed.")
    test_set: float = Field(description="The part that a finite test set adds.")
    std_observed: float = Field(description="Square root of observed.")
    std_distribution: float = Field(description="Square root of distribution.")
    std_test_set: float = Field(description="Square root of test_set.")


class Left(BaseModel):
    seed: int = Field(description="Of a diverged run.")
    epoch: int = Field(description="From which on it stayed outside the range of the runs that did not diverge.")
    diverged_epoch: int = Field(description="In which it diverged.")


class Band(BaseModel):
    """Columns with one value an epoch, epoch 1 first; null where there is none, or where it is infinite."""

    n: list[int] = Field(description="Runs behind it.")
    mean: list[Value] = Field(description="Over these runs.")
    median: list[Value] = Field(description="Over these runs.")
    min: list[Value] = Field(description="The band's lower edge.")
    max: list[Value] = Field(description="The band's upper edge.")
    std: list[Value] = Field(description="With ddof 1.")
    iqm: list[Value] = Field(description="Interquartile mean, from n = 4.")


class Bands(BaseModel):
    survivors: Band = Field(description="A diverged run counts until the epoch in which it diverged.")
    all: Band = Field(description="From then on it counts with the metric's worst value.")


class Curve(BaseModel):
    seed: int = Field(description="The seed.")
    experiment: str = Field(description="The experiment that the run belongs to.")
    outcome: Outcome | None = Field(description="How it came out; null while it trains.")
    diverged_epoch: int | None = Field(description="The epoch in which it diverged; null if it did not.")
    values: list[Value] = Field(description="The metric, epoch 1 first, as far as the run got; null: unknown.")


class CellSummary(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cell: str = Field(description="Label: arch-norm-init and whatever else varies among the cells shown.")
    hash: str = Field(description="Identity of the cell, from its levels.")
    levels: dict[str, Any] = Field(description="Every level.")
    experiments: list[str] = Field(description="Those that have this cell.")
    seeds: list[int] = Field(description="Every seed that it has a run for.")
    dataset_hashes: list[str] = Field(description="Contents that were learned from; two are two experiments mixed.")
    repeated_seeds: list[int] = Field(description="Seeds that count twice, from two experiments: no further evidence.")
    num_runs: RunCounts = Field(description="All its runs. Failed and cancelled ones stand here and in no statistic.")
    seconds_per_run: Value = Field(description="Median over the runs that trained to their end.")
    evidence: Evidence = Field(description="What may be said with so many seeds.")
    divergence: Divergence = Field(description="How many runs came to nothing.")
    final: FinalStats = Field(description="Over the seeds, at the last epoch.")
    band_width: Value = Field(description="Mean over epochs with n >= 2 of max - min, of the survivors.")
    within_run: WithinRun = Field(description="How rough the single runs are.")
    reaching: Reaching | None = Field(description="Epochs to the threshold; null where none was asked for.")
    noise: Noise | None = Field(description="For val_accuracy: seeds, or the test set? null where it is not known.")
    left_survivors: list[Left] = Field(description="Of each diverged run, when it went astray.")
    bands: Bands = Field(description="Over the seeds, epoch by epoch.")
    curves: list[Curve] = Field(description="Each seed's own curve.")


class Summary(BaseModel):
    metric: Metric = Field(description="What was summarised.")
    experiment: str | None = Field(description="The experiment it was narrowed to; null for all.")
    filters: dict[str, list[Any]] = Field(description="The levels it was narrowed to.")
    cells: list[CellSummary] = Field(description="One entry a cell: everything but the seed.")


def _filters() -> dict[str, Any]:
    """Every factor, with the range that its levels have in a grid. A query is text: strict types would refuse it."""
    fields: dict[str, Any] = {}
    for name, info in Cell.model_fields.items():
        limits = [limit for limit in info.metadata if isinstance(limit, Ge | Gt | Le | Lt)]
        finite = [Field(allow_inf_nan=False)] if info.annotation is float else []
        named = [Field(pattern=NAME_PATTERN)] if info.annotation is str else []
        level = Annotated[info.annotation, Field(), *limits, *finite, *named]  # type: ignore[name-defined]
        about: Any = Field(default=[], max_length=MAX_LEVELS, description=f"Only these levels. {info.description}")
        fields[name] = (list[level], about)
    return fields


class _Cells(BaseModel):
    model_config = ConfigDict(extra="forbid")

    experiment: Annotated[str, Field(pattern=NAME_PATTERN)] | None = Field(
        None, description="Only this experiment; all of them otherwise."
    )
    metric: Metric = Field("train_accuracy", description="What to summarise; the paper plots training accuracy.")


class _Summary(_Cells):
    threshold: float | None = Field(
        None, allow_inf_nan=False, description="Of the metric: in which epoch do runs reach it? (0.9, say.)"
    )
    format: Format | None = Field(None, description="Otherwise what the Accept header asks for, else json.")
    table: Literal["cells", "epochs", "runs"] = Field(
        "cells", description="Of csv and parquet: a row a cell, a cell and epoch, or a run and epoch."
    )


# Which cells a question is about: any factor filters.
CellsQuery = create_model("CellsQuery", __base__=_Cells, **_filters())
SummaryQuery = create_model("SummaryQuery", __base__=_Summary, **_filters())
