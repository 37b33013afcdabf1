"""The names of the form's fields, and which of them an error is about."""

from collections.abc import Sequence

LEVEL = "level."  # followed by the name of a factor
SHARED = ("device", "threads", "priority", "max_running")


def field_of(path: str, factors: Sequence[str]) -> str:
    """The field of the form that a problem is about; '' for the form as a whole.

    Args:
        path: Where the problem is in the grid, such as 'grid.lr.0' or 'seeds.until.decided'.
        factors: The factors of the task. Their names may contain dots.
    """
    first, _, rest = path.partition(".")
    if first in ("grid", "train"):
        named = [factor for factor in factors if rest == factor or rest.startswith(f"{factor}.")]
        return LEVEL + max(named, key=len) if named else ""
    return first if first in ("name", "task", "seeds", "exclude", *SHARED) else ""
