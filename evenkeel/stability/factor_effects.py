"""The effects of factors: which of them mattered for the final value, for the spread and for divergence."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenkeel.analysis import effects as analysis
from evenkeel.plugins import Task
from evenkeel.reports.sheets import Sheet, effects_sheet
from evenkeel.reports.tables import Columns, effects_table
from evenkeel.stability.errors import FrameError
from evenkeel.stability.run_set import Runs
from evenkeel.stability.shown import Shown, to_plain

if TYPE_CHECKING:
    from evenkeel.figures.figure import Figure

FEWEST, MOST = 99, 1_000_000


@dataclass(frozen=True, repr=False, eq=False)
class Effects(Shown):
    """Which factors mattered.

    Attributes:
        found: Every number: the terms of each response, with their contrasts. `docs/answers.md` describes the fields.

    Example:
        >>> from evenkeel import stability
        >>> frame = {
        ...     "optimizer": ["adam"] * 8 + ["sgd"] * 8,
        ...     "seed": [*range(8)] * 2,
        ...     "loss": [1.1, 1.3, 1.2, 1.4, 1.0, 1.2, 1.1, 1.3, 2.0, 2.2, 2.1, 2.3, 1.9, 2.1, 2.0, 2.4],
        ... }
        >>> found = stability.effects(stability.runs(frame, metric="loss", better="lower"))
        >>> found.found.responses.final.terms[0].matters
        True
        >>> "optimizer mattered (sgd is 0.925 above adam" in found.answer
        True
    """

    task: Task
    found: analysis.Effects

    @property
    def answer(self) -> str:
        """Which factors mattered, and how sure that is, in sentences."""
        return self.found.answer

    def to_dict(self) -> dict[str, Any]:
        """The effects as JSON values, in the shape in which `GET /effects` answers."""
        plain: dict[str, Any] = to_plain(self.found)
        return plain

    def figure(self) -> "Figure":
        """What each factor did to each response, with 95 % intervals. It needs matplotlib."""
        from evenkeel.figures import draw_effects

        return draw_effects(self.task, self.found)

    def _sheet(self) -> Sheet:
        return effects_sheet(self.task, self.found)

    def _columns(self) -> Columns:
        return effects_table(self.found)

    def _says(self) -> list[str]:
        return [self.found.answer, *self.found.notes]


def effects(runs: Runs, permutations: int = 9999) -> Effects:
    """Find out which factors mattered for the final value, for the spread over seeds and for divergence.

    Args:
        permutations: How many permutations a test makes, 99 to 1,000,000. With very many runs fewer are made.

    Raises:
        FrameError: `permutations` is not allowed.

    Example:
        >>> from evenkeel import stability
        >>> frame = {"lr": [0.1, 0.1, 0.5, 0.5], "seed": [0, 1, 0, 1], "accuracy": [0.9, 0.8, 0.7, 0.1]}
        >>> found = stability.effects(stability.runs(frame, metric="accuracy", better="higher"), permutations=999)
        >>> found.answer.partition(";")[0].partition(".")[0]
        'Final accuracy: no effect of lr could be shown'
    """
    if not FEWEST <= permutations <= MOST:
        raise FrameError("permutations", f"{permutations} is not allowed; allowed: {FEWEST} to {MOST:,}")
    found = analysis.which_mattered(runs.task, runs.cells, runs.metric, runs.name, permutations=permutations)
    return Effects(runs.task, found)
