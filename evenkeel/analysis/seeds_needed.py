"""Says how many seeds a cell needs for a given precision, and how long they take."""

from collections.abc import Sequence

from evenkeel.analysis.finished import sample_of
from evenkeel.analysis.summary import SampledCell
from evenkeel.analysis.wording.divergence import no_spread_says, not_yet_says
from evenkeel.analysis.wording.seeds_needed import seeds_needed_says
from evenkeel.plugins import Metric
from evenkeel.records.left_out import LeftOut
from evenkeel.result import about, result
from evenkeel.statistics import precision


@result
class SeedsNeeded(precision.SeedsNeeded):
    metric: str = about("Name of the metric.")
    cell: str = about("Name of the cell.")
    says: str = about("The answer in sentences.")
    left_out: list[LeftOut] = about("Cells that cannot be read here. No query can be about them.")


def how_many_seeds(
    cell: SampledCell, metric: Metric, half_width: float, of: str, left_out: Sequence[LeftOut] = ()
) -> SeedsNeeded:
    """Say how many seeds the cell needs for a 95 % interval that is narrow enough.

    Args:
        cell: A cell of a summary of the metric.
        half_width: Half of the width that the interval may have, in the metric's unit; for 'divergence' a share.
        of: What to estimate: 'mean' (of the runs that did not diverge), 'std' (of those that trained) or 'divergence'.
        left_out: The cells that the summary leaves out.
    """
    sample = sample_of(cell, metric)
    values = sample.trained if of == "std" and sample.trained is not None else sample.survivors
    found = precision.seeds_needed(values, sample.bad, sample.runs, half_width, of, cell.seconds_per_run)
    waits = of == "divergence" and cell.divergence.unfinished
    if waits:
        says = not_yet_says(cell.cell, cell.divergence)
    elif of == "std" and cell.divergence.unstable:
        says = no_spread_says(cell.cell)
    else:
        says = seeds_needed_says(found, cell.evidence.waiting)
    return SeedsNeeded(metric=metric.name, cell=cell.cell, **vars(found), says=says, left_out=list(left_out))
