"""Is one cell better than others, does it diverge more often, does it spread more?"""

from collections.abc import Sequence

from evenkeel.analysis.finished import sample_of
from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.compare import comparison_says
from evenkeel.plugins import Metric
from evenkeel.result import about, result
from evenkeel.stability import compare as tests

MOST_NAMED = 30  # cells, in a message


@result
class Comparison(tests.Comparison):
    b: str = about("The other cell.")
    says: str = about("In a sentence.")


@result
class Comparisons:
    metric: str = about("What was compared.")
    experiment: str | None = about("The experiment it was narrowed to; null for all.")
    a: str = about("The cell that the others are compared with.")
    comparisons: list[Comparison] = about("One for each other cell.")


def compare(
    cells: Sequence[CellSummary], a: str, others: Sequence[str], metric: Metric, experiment: str | None
) -> Comparisons:
    """Cell `a` against each of `others` (every other cell where that is empty), by label or hash.

    Raises QueryError for a cell that is not there, and where nothing is left to compare with.
    """
    first = find_cell(cells, a, "a")
    rest = [find_cell(cells, name, "b") for name in others] or [cell for cell in cells if cell is not first]
    if not rest or any(cell is first for cell in rest):
        raise QueryError("b", f"a cell other than {a!r}; there are: {_labels(cells)}")
    sample, samples = sample_of(first, metric), [sample_of(cell, metric) for cell in rest]
    found = tests.compare_family(sample, samples, metric.higher_is_better)
    comparisons = [
        Comparison(
            b=cell.cell,
            improvement=each.improvement,
            divergence=each.divergence,
            spread=each.spread,
            mean=each.mean,
            says=comparison_says(each, sample, other, first.cell, cell.cell),
        )
        for cell, other, each in zip(rest, samples, found, strict=True)
    ]
    return Comparisons(metric.name, experiment, first.cell, comparisons)


def find_cell(cells: Sequence[CellSummary], name: str, field: str) -> CellSummary:
    """By label or hash. Raises QueryError with the cells that there are."""
    for cell in cells:
        if name in (cell.cell, cell.hash):
            return cell
    raise QueryError(field, f"there is no cell {name!r}; there are: {_labels(cells)}")


def _labels(cells: Sequence[CellSummary]) -> str:
    shown = ", ".join(cell.cell for cell in cells[:MOST_NAMED]) or "none yet"
    return shown + (f" and {len(cells) - MOST_NAMED} more" if len(cells) > MOST_NAMED else "")
