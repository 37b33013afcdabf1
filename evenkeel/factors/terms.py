"""The results of the factorial model: the terms, their contrasts, and notes on what is missing."""

from dataclasses import dataclass
from enum import StrEnum

from evenkeel.result import about, result
from evenkeel.statistics.values import Value


@result
class Contrast:
    level: str = about("The level of the factor that is compared.")
    against: str = about("The level that it is compared with: the first level of the factor.")
    estimate: Value = about(
        "For final the difference of means, for spread the ratio of spreads, for divergence the odds ratio."
    )
    low: Value = about(
        "Lower end of the 95 % interval of the estimate. If the factor has several contrasts, all their intervals hold "
        "at once."
    )
    high: Value = about("Upper end of that interval.")
    p: Value = about("p from permuting the runs of these two levels alone.", default=None)
    p_adjusted: Value = about("p after Holm's correction over the contrasts of the factor.", default=None)


@result
class SimpleEffect:
    factor: str = about("The factor whose effect this is.")
    level: str = about("The level of the factor that is compared.")
    against: str = about("The level that it is compared with.")
    other: str = about("The factor on which the effect depends.")
    at: str = about("The level of the other factor at which the two levels are compared.")
    estimate: Value = about("Difference of the means.")
    low: Value = about("Lower end of the 95 % interval of the difference.")
    high: Value = about("Upper end of that interval.")


@result
class Term:
    term: str = about("A factor, or several factors that act together, with ':' between their names.")
    order: int = about("Number of factors in the term.")
    df: int = about("Degrees of freedom of the term.")
    f: Value = about("F of the factorial model, with type III sums of squares.")
    p: Value = about("p of that F, or of the response's own model if it has no F. It assumes normal errors.")
    p_permutation: Value = about(
        "p from permuting the runs within blocks of the other factors' levels. For two factors together, the residuals "
        "are permuted."
    )
    p_holm: Value = about(
        "p_permutation after Holm's correction over the factors, or over the pairs of factors if the term is a pair."
    )
    partial_omega_squared: Value = about(
        "Share that this term has in the variance that no other term explains, in [0, 1]."
    )
    matters: bool | None = about("Whether p_holm is at most the level; null if there is no p_holm.")
    contrasts: list[Contrast] = about("For a factor: each of its other levels compared with its first.")
    simple_effects: list[SimpleEffect] = about(
        "For a pair of factors that matters: the effect of each factor at each level of the other.",
        default_factory=list,
    )
    smallest_effect: Value = about(
        "For a factor: the smallest effect that this design would show in four of five studies, given the noise of "
        "its runs. For final a difference, for spread a ratio, for divergence a rise of the rate. Null if it is "
        "unknown, or if no effect, however large, could be shown.",
        default=None,
    )


@result
class Response:
    num_runs: int | None = about("Number of runs in the model.")
    num_cells: int | None = about("Number of cells in the model.")
    num_bad: int | None = about("Number of runs that diverged or collapsed.")
    error_df: int | None = about("Degrees of freedom of the error.")
    terms: list[Term] = about("The factors first, then their interactions.")
    seed_correlation: Value = about(
        "How much the runs of one seed resemble each other in different cells: the mean Pearson correlation of two "
        "cells' residuals over the seeds that they share. Null if no two cells share three seeds.",
        default=None,
    )


@result
class Responses:
    final: Response = about("The value at the last epoch.")
    spread: Response = about("How far the seeds' curves lie apart.")
    divergence: Response = about("Whether a run diverged or collapsed.")


class NoteKind(StrEnum):
    """What was left out, or could not be estimated."""

    SAME_CURVES = "same curves"  # has a count, of all cells, and the cells
    MISSING_CELLS = "missing cells"  # has a count, of all combinations of levels
    CHANGE_TOGETHER = "factors change together"
    NO_FINAL_VALUE = "no final value"  # has a count, of all finished runs
    NO_ERROR = "no error within cells"
    NO_SPREAD = "no spread"  # has a count, of all cells
    PAIRS = "cells of two runs"
    NONE_BAD = "no run diverged or collapsed"
    ALL_BAD = "every run diverged or collapsed"


@dataclass(frozen=True)
class Note:
    """A note says that `count` of `of` cells or runs are concerned, if its kind has a count.

    Attributes:
        cells: Groups of cells that count as one, by their indices. The first of a group stands for it.
    """

    kind: NoteKind
    count: int = 0
    of: int = 0
    cells: tuple[tuple[int, ...], ...] = ()
