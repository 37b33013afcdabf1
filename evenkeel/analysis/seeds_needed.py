"""How many seeds it takes to know a cell so well, and what they cost."""

from collections.abc import Sequence

from evenkeel.analysis.finished import sample_of
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.seeds_needed import seeds_needed_says
from evenkeel.lab.left_out import LeftOut
from evenkeel.plugins import Metric
from evenkeel.result import about, result
from evenkeel.stability import precision


@result
class SeedsNeeded(precision.SeedsNeeded):
    metric: str = about("What it is about.")
    cell: str = about("The cell.")
    says: str = about("In a sentence.")
    left_out: list[LeftOut] = about("Cells that cannot be read here, so that nothing can be asked of them.")


def how_many_seeds(
    cell: CellSummary, metric: Metric, half_width: float, of: str, left_out: Sequence[LeftOut] = ()
) -> SeedsNeeded:
    """of: 'mean', 'std' or 'divergence', to be known to within half_width, in the metric's unit. left_out: by the
    summary that the cell is of."""
    sample = sample_of(cell, metric)
    found = precision.seeds_needed(sample.survivors, sample.bad, sample.runs, half_width, of, cell.seconds_per_run)
    says = seeds_needed_says(found)
    return SeedsNeeded(metric=metric.name, cell=cell.cell, **vars(found), says=says, left_out=list(left_out))
