"""Finds out which columns of a frame are factors."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from statistics import median
from typing import Any

from pydantic import BaseModel

from evenkeel.stability.columns import Columns
from evenkeel.stability.errors import FrameError
from evenkeel.stability.values import levels_of

# What the lab's own tables say of each run beside its levels (`evenkeel export`).
NO_FACTORS = frozenset({"cell", "hash", "experiment", "counted", "outcome"})


def check_column(columns: Columns, name: str, role: str) -> None:
    """Check that the frame has the column. role: the argument that names it. Raises FrameError."""
    if name not in columns:
        raise FrameError(role, f"the frame has no column {name!r}; its columns: {', '.join(columns)}")


def find_factors(
    columns: Columns,
    named: Sequence[str] | None,
    taken: Collection[str],
    seeds: Sequence[int],
    epochs: Sequence[int],
) -> dict[str, list[Any]]:
    """factor -> its level in each row.

    Args:
        named: The factors, if the user named them. By default they are the other columns with two or more levels.
        taken: The columns with another role.
        seeds: The seed of each row.
        epochs: The epoch of each row.

    Raises:
        FrameError: A factor is missing, has another role, or has values that cannot be levels; or a column that nobody
            named looks like a measurement.
    """
    if named is None:
        others = [name for name in columns if name not in taken and name not in NO_FACTORS]
        found = {name: columns[name] for name in others if _varies(columns[name])}
    else:
        for name in named:
            check_column(columns, name, "factors")
            if name in taken:
                raise FrameError("factors", f"{name!r} has another role already; a factor has a column of its own")
        found = {name: columns[name] for name in named}
    levels = {name: levels_of(name, values) for name, values in found.items()}
    for name, values in levels.items():
        if name.startswith("_") or ":" in name or not name or hasattr(BaseModel, name):
            raise FrameError(name, "cannot be the name of a factor; rename the column")
        if named is None:
            check_repeats(name, values, seeds, epochs)
    return levels


def _varies(values: Sequence[Any]) -> bool:
    """Whether the column has two or more values. A value that can be no level counts as another one."""
    plain = [value for value in values if isinstance(value, str | int | float | None)]
    return len(plain) < len(values) or len(set(plain)) > 1


def check_repeats(name: str, levels: Sequence[Any], seeds: Sequence[int], epochs: Sequence[int]) -> None:
    """Check that the levels come back in other runs and epochs, as those of a factor do. A measurement does not."""
    replicates = list(seeds) if len(set(seeds)) > 1 else list(zip(seeds, epochs, strict=True))
    found: dict[Any, set[Any]] = defaultdict(set)
    for level, replicate in zip(levels, replicates, strict=True):
        found[level].add(replicate)
    if len(set(replicates)) > 1 and median(map(len, found.values())) < 2:
        raise FrameError(
            name,
            f"has {len(found)} different values, and most of them in one run only, so it looks like a measurement. "
            "Name the factors with factors=",
        )
