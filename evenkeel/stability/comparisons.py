"""Comparisons of cells: is one better, does it diverge more often, does it spread more?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenkeel.analysis import compare as analysis
from evenkeel.analysis.query import QueryError
from evenkeel.reports.sheets import Sheet, comparisons_sheet
from evenkeel.reports.tables import Columns, comparisons_table
from evenkeel.stability.errors import FrameError
from evenkeel.stability.pairs import Levels, called, pair_cells
from evenkeel.stability.run_set import Runs
from evenkeel.stability.shown import Shown, to_plain

if TYPE_CHECKING:
    from evenkeel.figures.figure import Figure


@dataclass(frozen=True, repr=False, eq=False)
class Comparisons(Shown):
    """Cells compared with others.

    Attributes:
        found: Every number of each comparison. `docs/answers.md` describes the fields.
        paired: Which cells were compared, in a sentence.

    Example:
        >>> from evenkeel import stability
        >>> frame = {
        ...     "optimizer": ["adam"] * 5 + ["sgd"] * 5,
        ...     "seed": [*range(5)] * 2,
        ...     "loss": [1.1, 1.3, 1.2, 1.4, 1.0, 2.0, 2.2, 2.1, 2.3, 1.9],
        ... }
        >>> runs = stability.runs(frame, metric="loss", better="lower")
        >>> found = stability.compare(runs, a={"optimizer": "adam"}, b={"optimizer": "sgd"})
        >>> found.found.comparisons[0].improvement.probability
        1.0
    """

    runs: Runs
    found: analysis.Comparisons
    paired: str

    def to_dict(self) -> dict[str, Any]:
        """The comparisons as JSON values, in the shape in which `GET /compare` answers."""
        plain: dict[str, Any] = to_plain(self.found)
        return plain

    def figure(self) -> "Figure":
        """The bands of the compared cells over the epochs. It needs matplotlib."""
        from evenkeel.figures import draw_bands

        names = {name for each in self.found.comparisons for name in (each.a, each.b)}
        return draw_bands(self.runs.task, [cell for cell in self.runs.cells if cell.cell in names], self.runs.metric)

    def _sheet(self) -> Sheet:
        return comparisons_sheet(self.runs.task, self.found)

    def _columns(self) -> Columns:
        return comparisons_table(self.found)

    def _says(self) -> list[str]:
        return [self.paired, *(each.says for each in self.found.comparisons)]


def compare(runs: Runs, a: str | Levels, b: str | Levels | Sequence[str] | None = None) -> Comparisons:
    """Compare cells with other cells.

    Several cells may fit `a` and `b`. Then like is compared with like: each cell of `a` with each cell of `b` that has
    the same levels of all factors that `b` does not name. Holm's correction is over all these pairs.

    Args:
        a: The levels of the cells to compare, or the name of one cell.
        b: The levels of the cells to compare them with, or the name or names of cells. By default all cells that
            differ only in factors that `a` names.

    Raises:
        FrameError: No cell fits, or no cell of `b` is like a cell of `a`.

    Example:
        >>> from evenkeel import stability
        >>> frame = {
        ...     "net": ["yolo", "yolo", "yolo", "yolo", "vgg", "vgg", "vgg", "vgg"],
        ...     "optimizer": ["adam", "adam", "sgd", "sgd"] * 2,
        ...     "seed": [0, 1] * 4,
        ...     "accuracy": [0.9, 0.8, 0.7, 0.1, 0.9, 0.7, 0.5, 0.4],
        ... }
        >>> runs = stability.runs(frame, metric="accuracy", better="higher")
        >>> found = stability.compare(runs, a={"optimizer": "sgd"}, b={"optimizer": "adam"})
        >>> print(found.paired.partition(" Holm")[0])
        Each cell with optimizer sgd is compared with the cells with optimizer adam that have the same net: 2 pairs.
    """
    if isinstance(a, str):
        others = [] if b is None else [b] if isinstance(b, str) else b
        if isinstance(others, Mapping):
            raise FrameError("b", "must be the name of a cell, or a list of names, if `a` is the name of a cell")
        try:
            found = analysis.compare(runs.task, runs.cells, a, others, runs.metric, runs.name)
        except QueryError as error:
            raise FrameError(error.field, error.problem) from error
        return Comparisons(runs, found, f"{found.a} is compared with {len(found.comparisons)} of the other cells.")
    if b is not None and not isinstance(b, Mapping):
        raise FrameError("b", "must be levels, such as {'optimizer': 'adam'}, if `a` is levels")
    pairs, paired = pair_cells(runs, a, b)
    found = analysis.compare_pairs(runs.task, pairs, called(a), runs.metric, runs.name)
    return Comparisons(runs, found, paired)
