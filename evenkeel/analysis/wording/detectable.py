"""Tells in sentences which difference between two cells so many seeds would show."""

from evenkeel.statistics.detectable import smallest_p

MOST_SEEDS = 1_000  # that are named as what would be enough


def detectable_says(
    seeds: int, level: float, in_stds: float | None, metric: str, std: float | None, from_runs: int, num_cells: int
) -> str:
    """For example: 'With 5 seeds a cell, a comparison of two cells at the level 0.04 shows a difference of 2.3 standard
    deviations over the seeds in four of five studies. In accuracy that is about 0.02, judged by 24 finished
    runs.'

    Args:
        seeds, level, in_stds, metric, std, from_runs: as in `Detectable`.
        num_cells: number of cells of the grid.
    """
    each = "1 seed" if seeds == 1 else f"{seeds:,} seeds"
    if in_stds is None:
        enough = next((n for n in range(seeds + 1, MOST_SEEDS) if smallest_p(n) <= level), None)
        few = (
            f"With {each} a cell, no comparison of two cells can show a difference, however large: p is at least "
            f"{smallest_p(seeds):.2g}, and would have to be at most {level:.2g}."
        )
        others = " The effect of a factor may still be shown, since all cells tell of it." if num_cells > 2 else ""
        return few + (f" It takes {enough} seeds." if enough else "") + others
    found = (
        f"With {each} a cell, a comparison of two cells shows a difference of {in_stds:.2g} standard deviations over "
        f"the seeds in four of five studies (p at most {level:.2g})."
    )
    if std is None:
        return found
    return f"{found} In {metric} that is about {in_stds * std:.2g}, judged by {from_runs} finished runs."
