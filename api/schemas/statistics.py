"""Comparisons between cells, effects of factors, and how many seeds a precision takes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from api.schemas.summary import CellsQuery, Format, Metric, Value

P = float | None


class Contrast(BaseModel):
    level: str = Field(description="This level of the factor,")
    against: str = Field(description="against this one, its first.")
    estimate: Value = Field(description="final: difference of means; spread: ratio of spreads; divergence: odds ratio.")
    low: Value = Field(description="95 % interval.")
    high: Value = Field(description="Its upper end.")


class Term(BaseModel):
    term: str = Field(description="A factor (norm), or several that act together (arch:norm).")
    order: int = Field(description="How many factors it has.")
    df: int = Field(description="Degrees of freedom.")
    f: Value = Field(description="F of the factorial model, type III sums of squares.")
    p: P = Field(description="Of that F, or of the model at hand; it trusts in normal errors.")
    p_permutation: P = Field(description="By permuting runs within blocks of the other factors' levels.")
    p_holm: P = Field(description="p_permutation after Holm over the factors.")
    partial_omega_squared: Value = Field(description="Share of the variance that is not other terms', in [0, 1].")
    matters: bool | None = Field(description="p_holm is at most 0.05; null where it cannot be said.")
    contrasts: list[Contrast] = Field(description="Of a factor: each level against its first.")


class Response(BaseModel):
    num_runs: int | None = Field(None, description="Runs behind it.")
    num_cells: int | None = Field(None, description="Cells behind it.")
    num_bad: int | None = Field(None, description="Diverged or collapsed runs.")
    error_df: int | None = Field(None, description="Degrees of freedom of the error.")
    terms: list[Term] = Field(description="Factors first, then what they do together.")


class Responses(BaseModel):
    final: Response = Field(description="The last epoch's value.")
    spread: Response = Field(description="How far the seeds' curves lie apart.")
    divergence: Response = Field(description="Whether a run diverged or collapsed.")


class Effects(BaseModel):
    metric: Metric = Field(description="What was looked at.")
    experiment: str | None = Field(description="The experiment it was narrowed to; null for all.")
    factors: dict[str, list[Any]] = Field(description="Those with two levels or more among the cells.")
    num_cells: int = Field(description="Cells.")
    missing_cells: int = Field(description="Combinations of levels that are not there.")
    num_runs: int = Field(description="Finished runs.")
    seeds_per_cell: list[int] = Field(description="Fewest and most.")
    notes: list[str] = Field(description="What was left out, or could not be estimated.")
    responses: Responses = Field(description="What each factor did to each.")
    answer: str = Field(description="Which factor mattered, and how sure that is, in sentences.")


class Improvement(BaseModel):
    probability: Value = Field(description="That a run of a is better than one of b, ties half (Mann-Whitney U / nm).")
    low: Value = Field(description="95 % interval (Newcombe 2006, method 5).")
    high: Value = Field(description="Its upper end.")
    p: P = Field(description="Exact Mann-Whitney, two-sided.")
    p_holm: P = Field(description="After Holm over the comparisons.")
    smallest_p: P = Field(description="The smallest p that so many runs can give.")


class DivergenceTest(BaseModel):
    p: P = Field(description="Fisher's exact test of diverged or collapsed runs, two-sided.")
    p_holm: P = Field(description="After Holm over the comparisons.")
    smallest_p: P = Field(description="The smallest p that so many runs can give.")


class SpreadTest(BaseModel):
    ratio: Value = Field(description="Standard deviation of a over that of b, final values of survivors.")
    p: P = Field(description="Brown-Forsythe.")
    p_holm: P = Field(description="After Holm over the comparisons.")


class MeanTest(BaseModel):
    difference: Value = Field(description="Mean of a less that of b, final values of survivors.")
    low: Value = Field(description="95 % interval (Welch).")
    high: Value = Field(description="Its upper end.")
    p: P = Field(description="Welch's t test.")
    p_holm: P = Field(description="After Holm over the comparisons.")


class Comparison(BaseModel):
    b: str = Field(description="The other cell.")
    improvement: Improvement = Field(description="Is a better?")
    divergence: DivergenceTest = Field(description="Does one come to nothing more often?")
    spread: SpreadTest = Field(description="Does one spread more?")
    mean: MeanTest = Field(description="How far apart are they? Second to the others: it trusts in normal values.")
    says: str = Field(description="In a sentence.")


class Comparisons(BaseModel):
    metric: Metric = Field(description="What was compared.")
    experiment: str | None = Field(description="The experiment it was narrowed to; null for all.")
    a: str = Field(description="The cell that the others are compared with.")
    comparisons: list[Comparison] = Field(description="One for each other cell.")


class SeedsNeeded(BaseModel):
    metric: Metric = Field(description="What it is about.")
    cell: str = Field(description="The cell.")
    of: str = Field(description="mean, std or divergence.")
    half_width: float = Field(description="That was asked for: of the 95 % interval.")
    n_now: int = Field(description="Seeds that there are.")
    half_width_now: Value = Field(description="What they give; null where there is no interval yet.")
    n: int | None = Field(description="Seeds that it takes if the spread is as it was seen.")
    n_at_worst: int | None = Field(description="Seeds that it takes if the spread is as large as it may well be.")
    more: int | None = Field(description="n less n_now.")
    seconds: Value = Field(description="Of one device, for the seeds that lack.")
    says: str = Field(description="In a sentence.")


class _Effects(CellsQuery):
    format: Format | None = Field(None, description="Otherwise what the Accept header asks for, else json.")


class _Compare(_Effects):
    a: str = Field(min_length=1, max_length=300, description="A cell, by its label in the summary or its hash.")
    b: list[Annotated[str, Field(min_length=1, max_length=300)]] = Field(
        default=[], max_length=100, description="Cells to compare it with; every other one if none is named."
    )


class _Seeds(CellsQuery):
    cell: str = Field(min_length=1, max_length=300, description="A cell, by its label in the summary or its hash.")
    half_width: float = Field(gt=0, allow_inf_nan=False, description="Of the 95 % interval, in the metric's unit.")
    of: Literal["mean", "std", "divergence"] = Field("mean", description="What is to be known so well.")


EffectsQuery = create_model("EffectsQuery", __base__=_Effects)
CompareQuery = create_model("CompareQuery", __base__=_Compare)
SeedsQuery = create_model("SeedsQuery", __base__=_Seeds)
