"""Says in sentences how many seeds a cell needs for a given precision."""

from evenkeel.statistics.assurance import ASSURANCE
from evenkeel.statistics.precision import SeedsNeeded, fewest_seeds

WHAT = {"mean": "the mean", "std": "the standard deviation", "divergence": "the rate of divergence"}
UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


def seeds_needed_says(found: SeedsNeeded, waiting: int = 0) -> str:
    """The number of seeds that are needed, how many of them are missing, and how long those take.

    Args:
        waiting: Number of seeds that were posted and have yet to end. They count among the missing ones.
    """
    goal = f"know {WHAT[found.of]} to within {found.half_width:g}"
    at_least = fewest_seeds(found.of)
    if found.n_now < at_least:
        nothing = f"{found.n_now} finished {'run says' if found.n_now == 1 else 'runs say'} nothing about it yet."
        if found.n_now + waiting >= at_least:
            them = "the seed that has" if waiting == 1 else f"the {waiting:,} seeds that have"
            return f"To {goal}, wait for {them} yet to end: {nothing}"
        return f"To {goal}, train {max(3, at_least)} seeds first: {nothing}"
    if found.half_width_now is None:
        return f"All {found.n_now} seeds end at the same value, so they do not tell how many it takes to {goal}."
    if found.more == 0:
        return f"To {goal}, the cell has {found.n_now} seeds, which is enough."
    if found.n is None or found.more is None:
        return f"It takes more than a million seeds to {goal} with a probability of {ASSURANCE:.0%}."
    same = "rate" if found.of == "divergence" else "spread"
    text = (
        f"Judging by the {found.n_now} seeds so far, it takes {found.n:,} to {goal} with a probability of "
        f"{ASSURANCE:.0%}: {_count(found.n_as_observed)} if the {same} is as observed, and {_count(found.n_at_worst)} "
        "at worst."
    )
    cost = "" if found.seconds is None else f", which takes about {_time(found.seconds)} on one device"
    posted = f" Of these, {waiting:,} {'is' if waiting == 1 else 'are'} posted already." if waiting else ""
    if waiting >= found.more:
        yet = "1 has" if waiting == 1 else f"{waiting:,} have"
        return f"{text} That is {found.more:,} more{cost}, and {yet} yet to end."
    return f"{text} Train {found.more:,} more{cost}.{posted}"


def _count(n: int | None) -> str:
    return "over a million" if n is None else f"{n:,}"


def _time(seconds: float) -> str:
    for unit, size in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
