"""What the factorial model says of each factor: the classes that its parts are handed over in."""

from dataclasses import dataclass
from enum import StrEnum

from evenkeel.result import about, result
from evenkeel.stability.values import Value


@result
class Contrast:
    level: str = about("The level of the factor that is compared.")
    against: str = about("The level that it is compared with: the factor's first.")
    estimate: Value = about("final: difference of means; spread: ratio of spreads; divergence: odds ratio.")
    low: Value = about("95 % interval.")
    high: Value = about("Its upper end.")


@result
class Term:
    term: str = about("A factor, or several that act together with ':' between them.")
    order: int = about("How many factors it has.")
    df: int = about("Degrees of freedom.")
    f: Value = about("F of the factorial model, type III sums of squares.")
    p: Value = about("Of that F, or of the model at hand; it trusts in normal errors.")
    p_permutation: Value = about("By permuting runs within blocks of the other factors' levels.")
    p_holm: Value = about("p_permutation after Holm over the factors.")
    partial_omega_squared: Value = about("Share of the variance that is not other terms', in [0, 1].")
    matters: bool | None = about("p_holm is at most 0.05; null where it cannot be said.")
    contrasts: list[Contrast] = about("Of a factor: each level against its first.")


@result
class Response:
    num_runs: int | None = about("Runs behind it.")
    num_cells: int | None = about("Cells behind it.")
    num_bad: int | None = about("Diverged or collapsed runs.")
    error_df: int | None = about("Degrees of freedom of the error.")
    terms: list[Term] = about("Factors first, then what they do together.")


@result
class Responses:
    final: Response = about("The last epoch's value.")
    spread: Response = about("How far the seeds' curves lie apart.")
    divergence: Response = about("Whether a run diverged or collapsed.")


class NoteKind(StrEnum):
    """What was left out, or could not be estimated."""

    MISSING_CELLS = "missing cells"  # count, of all combinations
    CHANGE_TOGETHER = "factors change together"
    NO_FINAL_VALUE = "no final value"  # count, of all finished runs
    NO_ERROR = "no error within cells"
    NO_SPREAD = "no spread"  # count, of all cells
    PAIRS = "cells of two runs"
    NONE_BAD = "no run came to nothing"
    ALL_BAD = "every run came to nothing"


@dataclass(frozen=True)
class Note:
    """`count` and `of` are numbers that some kinds come with."""

    kind: NoteKind
    count: int = 0
    of: int = 0
