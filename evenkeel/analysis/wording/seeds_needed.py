"""What it takes to know a cell so well."""

from evenkeel.stability.precision import SeedsNeeded, fewest_seeds

WHAT = {"mean": "the mean", "std": "the standard deviation", "divergence": "the rate of divergence"}
UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60))


def seeds_needed_says(found: SeedsNeeded) -> str:
    goal = f"To know {WHAT[found.of]} to within {found.half_width:g}"
    at_least = fewest_seeds(found.of)
    if found.n_now < at_least:
        return f"{goal}: {found.n_now} finished runs say nothing of it yet; train {max(3, at_least)} seeds first"
    if found.n is None:
        return f"{goal} takes more than a million seeds"
    worst = "over a million" if found.n_at_worst is None else f"{found.n_at_worst:,}"
    text = f"{goal} takes {found.n:,} seeds if it is as seen, {worst} at worst; {found.n_now} are there"
    if not found.more:
        return f"{text}: enough"
    cost = "" if found.seconds is None else f", about {_time(found.seconds)} on one device"
    return f"{text}: {found.more:,} more{cost}"


def _time(seconds: float) -> str:
    for unit, size in UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
