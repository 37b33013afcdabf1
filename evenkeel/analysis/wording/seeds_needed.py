"""Says in sentences how many seeds a cell needs for a given precision."""

from evenkeel.stability.precision import SeedsNeeded, fewest_seeds

WHAT = {"mean": "the mean", "std": "the standard deviation", "divergence": "the rate of divergence"}
UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


def seeds_needed_says(found: SeedsNeeded) -> str:
    """The number of seeds that are needed, how many of them are missing, and how long those take."""
    goal = f"know {WHAT[found.of]} to within {found.half_width:g}"
    at_least = fewest_seeds(found.of)
    if found.n_now < at_least:
        return f"To {goal}, train {max(3, at_least)} seeds first: {found.n_now} finished runs say nothing about it yet."
    if found.n is None:
        return f"It takes more than a million seeds to {goal}."
    worst = "over a million" if found.n_at_worst is None else f"{found.n_at_worst:,}"
    text = f"Judging by the runs so far, it takes {found.n:,} seeds to {goal}, and {worst} at worst."
    if not found.more:
        return f"{text} The cell has {found.n_now}, which is enough."
    cost = "" if found.seconds is None else f", which takes about {_time(found.seconds)} on one device"
    return f"{text} The cell has {found.n_now}. Train {found.more:,} more{cost}."


def _time(seconds: float) -> str:
    for unit, size in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
