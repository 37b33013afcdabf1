"""The parts of a report that depend on the study: what was run, what was lost, each cell's numbers, what is missing."""

from collections.abc import Sequence
from statistics import median

from evenkeel.analysis.seeds_needed import how_many_seeds
from evenkeel.analysis.summary import CellSummary, SampledCell
from evenkeel.analysis.wording.divergence import rate_says
from evenkeel.analysis.wording.notes import mixed_says
from evenkeel.grids.levels import differing_beyond_name, in_order, is_number, show
from evenkeel.plugins import Metric, Task
from evenkeel.reports.formats import UNKNOWN, evidence, intervals, number, short, value_range
from evenkeel.reports.markup import code, sentence, table
from evenkeel.result import about, result
from evenkeel.statistics.assurance import ASSURANCE

ENOUGH_TO_TELL = 3  # seeds
MOST_SEEDS = 20  # that are listed
RATE_WITHIN = 0.1  # a rate of divergence that is known to within this is worth to be told


@result
class Region:
    x: str = about("Numeric factor along x.")
    y: str | None = about("Factor along y; null if no other factor varies.")


def region_of(task: Task, cells: Sequence[SampledCell]) -> Region | None:
    """The factors of the stability region; None if no numeric factor varies.

    Along x is the task's own `region_factor` if that varies, or else the numeric factor with the most levels. Along y
    is the factor whose levels differ most in the share of runs that are lost, because the others are pooled.
    """
    levels = {factor: {cell.levels[factor] for cell in cells} for factor in cells[0].levels}
    numeric = {name: found for name, found in levels.items() if len(found) > 1 and all(map(is_number, found))}
    if not numeric:
        return None
    own = task.region_factor
    x = own if own is not None and own in numeric else max(numeric, key=lambda name: len(numeric[name]))
    others = [name for name, found in levels.items() if len(found) > 1 and name != x]
    return Region(x, max(others, key=lambda name: _range_of_rates(name, cells), default=None))


def _range_of_rates(factor: str, cells: Sequence[SampledCell]) -> float:
    """The largest less the smallest share of lost runs among the levels of the factor."""
    rates = []
    for level in {cell.levels[factor] for cell in cells}:
        found = [cell.divergence for cell in cells if cell.levels[factor] == level]
        num_runs = sum(each.n for each in found)
        rates.append(sum(each.diverged + each.collapsed for each in found) / num_runs if num_runs else 0.0)
    return max(rates) - min(rates)


def what_was_run(task: Task, cells: Sequence[CellSummary]) -> str:
    """The seeds, the data, and the levels of every factor."""
    levels = {
        factor: list(map(show, in_order(task, factor, (cell.levels[factor] for cell in cells))))
        for factor in cells[0].levels
    }
    varied = [f"{factor} {', '.join(found)}" for factor, found in levels.items() if len(found) > 1]
    fixed = [f"{factor} {found[0]}" for factor, found in levels.items() if len(found) == 1]
    seeds = sorted({seed for cell in cells for seed in cell.seeds})
    listed = ", ".join(map(str, seeds)) if len(seeds) <= MOST_SEEDS else f"{len(seeds)}, from {seeds[0]} to {seeds[-1]}"
    hashes = sorted({found for cell in cells for found in cell.dataset_hashes})
    mixed = sum(len(cell.arithmetics) > 1 for cell in cells)
    parts = [
        f"Number of cells: {len(cells)}. Seeds: {listed}.",
        f"Hash of the data: {', '.join(hashes)}." if hashes else "",
        mixed_says(mixed, len(cells)) if mixed else "",
        f"Factors that vary: {'; '.join(varied) or 'none'}.",
        f"Factors that do not vary: {', '.join(fixed)}." if fixed else "",
    ]
    return sentence(" ".join(filter(None, parts)))


def lost_says(cells: Sequence[CellSummary]) -> str:
    """How many runs diverged or collapsed, and in which cells."""
    bad = {cell.cell: cell.divergence.diverged + cell.divergence.collapsed for cell in cells}
    finished = sum(cell.divergence.n for cell in cells)
    if not finished:
        return "No run has finished yet."
    if not any(bad.values()):
        return f"None of the {finished} finished runs diverged or collapsed."
    where = ", ".join(f"{code(name)} ({n})" for name, n in bad.items() if n)
    num_cells = sum(n > 0 for n in bad.values())
    return (
        f"{sum(bad.values())} of the {finished} finished runs diverged or collapsed, in {num_cells} of {len(cells)} "
        f"cells: {where}."
    )


def cells_table(task: Task, cells: Sequence[CellSummary]) -> str:
    """One row for each cell: its name, its levels of the factors that differ beyond the name, and its numbers."""
    factors = differing_beyond_name(task, [cell.levels for cell in cells])
    headings = [
        "cell",
        *map(sentence, factors),
        "runs",
        "bad",
        "rate of bad",
        "final mean",
        "final range",
        "band width",
    ]
    rows = []
    means = intervals([(cell.final.mean, cell.final.mean_low, cell.final.mean_high) for cell in cells])
    for cell, mean in zip(cells, means, strict=True):
        runs, bad = evidence(cell)
        values = (
            rate_says(cell.divergence),
            mean,
            value_range(cell.final),
            "unstable" if cell.divergence.unstable else number(cell.band_width),
        )
        levels = [sentence(show(cell.levels[factor])) for factor in factors]
        rows.append([code(cell.cell, in_table=True), *levels, runs, bad, *values])
    return table(headings, rows)


def more_seeds(cells: Sequence[CellSummary], metric: Metric) -> str:
    """How many seeds each cell needs until its mean is known twice as well as the middle cell's is now.

    A rate needs many more seeds, so it is told for the cell with the fewest.
    """
    ended = [cell for cell in cells if not cell.divergence.unfinished]
    now = {cell.cell: how_many_seeds(cell, metric, 1.0, "mean").half_width_now for cell in ended}
    known = [width for width in now.values() if width]
    if not known:
        return _not_told(cells)
    goal = float(f"{median(known) / 2:.1g}")
    rows = []
    for cell in cells:
        width = now.get(cell.cell)
        needed = how_many_seeds(cell, metric, goal, "mean").n if width else None
        within = short(width, 2) if width else UNKNOWN
        rows.append(
            [code(cell.cell, in_table=True), str(cell.evidence.n), within, UNKNOWN if needed is None else f"{needed:,}"]
        )
    fewest = min(ended, key=lambda cell: cell.divergence.n)
    rate = how_many_seeds(fewest, metric, RATE_WITHIN, "divergence")
    parts = [
        f"The number of seeds with which the mean of a cell is known to within {short(goal, 1)}, with a probability of "
        f"{ASSURANCE:.0%} and judging by the spread of the seeds now:",
        table(["cell", "seeds now", "mean known to within", f"seeds for {short(goal, 1)}"], rows),
    ]
    if rate.n is not None and rate.half_width_now is not None and rate.more:
        parts.append(
            f"Rates need more. With {rate.n_now} seeds, the rate at which runs of {code(fewest.cell)} diverge or "
            f"collapse is known to within {short(rate.half_width_now, 2)}. It takes {rate.n:,} seeds to know it to "
            f"within {RATE_WITHIN:g}."
        )
    return "\n\n".join(parts)


def _not_told(cells: Sequence[CellSummary]) -> str:
    """Why nothing is known of how many seeds it takes, and what would tell."""
    if any(cell.divergence.unfinished for cell in cells):
        return "These runs do not tell yet how many more it takes: some of the seeds have not ended."
    if all(len(cell.seeds) >= ENOUGH_TO_TELL for cell in cells):
        return "These runs do not tell how many more it takes: no cell has two seeds that survive and end apart."
    return "These runs do not tell how many more it takes. Three seeds in each cell would."
