"""The names of the form's fields, and which of them an error is about."""

from collections.abc import Sequence

LEVEL = "level."  # followed by the name of a factor
SEEDS = "seeds."  # followed by what is typed there
SHARED = ("device", "threads", "priority", "max_running")

OF_RULE = ("min", "max", "half_width", "decided", "metric")
# Where a problem of all seeds stands, by the way in which they are chosen.
OF_SEEDS = {"list": "seeds.list", "rule": "seeds.max"}
CALLED = {
    "name": "Name",
    "seeds.count": "Number of seeds",
    "seeds.list": "Seeds",
    "seeds.min": "Seeds, from",
    "seeds.max": "Seeds, at most",
    "seeds.half_width": "Seeds, until",
    "seeds.decided": "Seeds, factor",
    "seeds.metric": "Seeds, metric",
    "exclude": "Leave out cells",
    "device": "Device",
    "threads": "CPU threads",
    "priority": "Priority",
    "max_running": "Most runs at once",
}


def field_of(path: str, factors: Sequence[str], by: str) -> str:
    """The field of the form that a problem is about; '' for the form as a whole.

    Args:
        path: Where the problem is in the grid, such as 'grid.lr.0' or 'seeds.until.decided'.
        factors: The factors of the task. Their names may contain dots.
        by: How the seeds are chosen: 'count', 'list' or 'rule'.
    """
    first, _, rest = path.partition(".")
    if first in ("grid", "train"):
        named = [factor for factor in factors if rest == factor or rest.startswith(f"{factor}.")]
        return LEVEL + max(named, key=len) if named else ""
    if first == "seeds":
        last = rest.rpartition(".")[2]
        return SEEDS + last if last in OF_RULE else OF_SEEDS.get(by, "seeds.count")
    return first if first in ("name", "task", "exclude", *SHARED) else ""
