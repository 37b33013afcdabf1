"""Says in sentences how many seeds a cell needs for a given precision."""

from evenkeel.statistics.assurance import ASSURANCE
from evenkeel.statistics.precision import SeedsNeeded, fewest_seeds

WHAT = {"mean": "the mean", "std": "the standard deviation", "divergence": "the rate of divergence"}
UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


def seeds_needed_says(found: SeedsNeeded) -> str:
    """The number of seeds that are needed, how many of them are missing, and how long those take."""
    goal = f"know {WHAT[found.of]} to within {found.half_width:g}"
    at_least = fewest_seeds(found.of)
    if found.n_now < at_least:
        return f"To {goal}, train {max(3, at_least)} seeds first: {found.n_now} finished runs say nothing about it yet."
    if found.half_width_now is None:
        return f"All {found.n_now} seeds end at the same value, so they do not tell how many it takes to {goal}."
    if found.more == 0:
        return f"To {goal}, the cell has {found.n_now} seeds, which is enough."
    if found.n is None:
        return f"It takes more than a million seeds to {goal} with a probability of {ASSURANCE:.0%}."
    same = "rate" if found.of == "divergence" else "spread"
    text = (
        f"Judging by the {found.n_now} seeds so far, it takes {found.n:,} to {goal} with a probability of "
        f"{ASSURANCE:.0%}: {_count(found.n_as_observed)} if the {same} is as observed, and {_count(found.n_at_worst)} "
        "at worst."
    )
    cost = "" if found.seconds is None else f", which takes about {_time(found.seconds)} on one device"
    return f"{text} Train {found.more:,} more{cost}."


def _count(n: int | None) -> str:
    return "over a million" if n is None else f"{n:,}"


def _time(seconds: float) -> str:
    for unit, size in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
