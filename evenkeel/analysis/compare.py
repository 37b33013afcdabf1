"""Compares one cell with others: is it better, does it diverge more often, does it spread more?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evenkeel.analysis.finished import sample_of
from evenkeel.analysis.looks import look_at
from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import SampledCell
from evenkeel.analysis.which_cell import find_cell
from evenkeel.analysis.wording.compare import comparison_says
from evenkeel.analysis.wording.divergence import not_yet_says
from evenkeel.analysis.wording.looks import look_says
from evenkeel.grids.levels import differing_beyond_name
from evenkeel.grids.which_cell import list_cells
from evenkeel.plugins import Metric, Task
from evenkeel.records.left_out import LeftOut
from evenkeel.result import about, result
from evenkeel.statistics import compare as tests
from evenkeel.statistics.compare import NO_MARGINS
from evenkeel.statistics.equivalence import Margins
from evenkeel.statistics.multiple import LEVEL


@result
class Comparison(tests.Comparison):
    a: str = about("Name of the first cell.")
    b: str = about("Name of the other cell.")
    levels: dict[str, Any] = about("Every level of the other cell.")
    says: str = about("Result of the comparison in sentences.")


@result
class Comparisons:
    metric: str = about("Name of the metric that was compared.")
    experiment: str | None = about("Name of the experiment that the cells belong to; null for all experiments.")
    a: str = about(
        "Name of the cell that the others are compared with; if there are several, the levels that name them."
    )
    levels: dict[str, Any] = about("Every level of that cell; if there are several, the levels that they share.")
    differing: list[str] = about("Factors in which the compared cells differ, but which their names do not show.")
    comparisons: list[Comparison] = about("One comparison for each other cell.")
    left_out: list[LeftOut] = about("Cells that cannot be read here. They are not compared.")
    look: int = about(
        "Which look at these cells this is: 1, and 1 more for each time that seeds were added after runs had finished.",
        default=1,
    )
    level: float = about(
        "A comparison shows a difference if its p_holm is at most this. Later looks have less.", default=LEVEL
    )
    about_level: str = about(
        "Says in a sentence how small p_holm must be for a result to count as shown, and why.", default=""
    )
    b_experiment: str | None = about(
        "Name of the experiment of the other cells; null if they belong to that of `a`.", default=None
    )


def compare(
    task: Task,
    cells: Sequence[SampledCell],
    a: str,
    others: Sequence[str],
    metric: Metric,
    experiment: str | None,
    left_out: Sequence[LeftOut] = (),
    margins: Margins = NO_MARGINS,
    there: Sequence[SampledCell] | None = None,
    b_experiment: str | None = None,
) -> Comparisons:
    """Compare cell `a` with each of the others.

    Args:
        cells: Cells of a summary of the metric.
        a: The cell as the user names it: its name, its hash, or the beginning of one.
        others: Cells named in the same way. If there are none, `a` is compared with every other cell.
        experiment: The experiment that the summary is about; None for all.
        left_out: The cells that the summary leaves out.
        margins: What counts as nearly as stable and as nearly equal. By default neither is tested.
        there: The cells among which the others are; None if they are among `cells`.
        b_experiment: The experiment of these cells.

    Raises:
        QueryError: A name fits no cell or several cells, or there is no cell to compare `a` with.
    """
    first = find_cell(task, cells, a, "a", left_out)
    among = cells if there is None else there
    rest = [find_cell(task, among, name, "b", left_out) for name in others]
    rest = rest or [cell for cell in among if cell is not first]
    if not rest or any(cell is first for cell in rest):
        raise QueryError("b", f"name a cell other than {first.cell!r}; there are: {list_cells(among)}")
    # A cell may be in both experiments. Then only these tell the two apart.
    if any(cell.cell == first.cell for cell in rest):
        first = replace(first, cell=f"{first.cell} of {experiment or 'all experiments'}")
        rest = [replace(cell, cell=f"{cell.cell} of {b_experiment}") for cell in rest]
    found = compare_pairs(task, [(first, cell) for cell in rest], first.cell, metric, experiment, left_out, margins)
    return replace(found, b_experiment=b_experiment)


def compare_pairs(
    task: Task,
    pairs: Sequence[tuple[SampledCell, SampledCell]],
    a: str,
    metric: Metric,
    experiment: str | None,
    left_out: Sequence[LeftOut] = (),
    margins: Margins = NO_MARGINS,
) -> Comparisons:
    """Compare the cells of each pair. Holm's correction is over all pairs.

    Args:
        pairs: At least one.
        a: What the first cells are called together.
        metric, experiment, left_out, margins: See `compare`.
    """
    samples = [(sample_of(first, metric), sample_of(cell, metric)) for first, cell in pairs]
    firsts, others = [first for first, _ in samples], [other for _, other in samples]
    look = look_at([cell for pair in pairs for cell in pair])
    found = tests.compare_family(firsts, others, metric.higher_is_better, margins, look.level)
    tested = sum(each.improvement.p is not None for each in found)
    comparisons = [
        Comparison(
            a=first.cell,
            b=cell.cell,
            levels=cell.levels,
            **vars(each),
            says=_not_yet(first, cell)
            or comparison_says(each, sample, other, first.cell, cell.cell, tested, look.level),
        )
        for (first, cell), (sample, other), each in zip(pairs, samples, found, strict=True)
    ]
    every = [cell.levels for pair in pairs for cell in pair]
    shared = {
        factor: level
        for factor, level in pairs[0][0].levels.items()
        if all(first.levels[factor] == level for first, _ in pairs)
    }
    return Comparisons(
        metric=metric.name,
        experiment=experiment,
        a=a,
        levels=shared,
        differing=differing_beyond_name(task, every),
        comparisons=comparisons,
        left_out=list(left_out),
        look=look.number,
        level=look.level,
        about_level=look_says(look),
    )


def _not_yet(*cells: SampledCell) -> str:
    return " ".join(not_yet_says(cell.cell, cell.divergence) for cell in cells if cell.divergence.unfinished)
