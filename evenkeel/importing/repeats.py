"""Tells params that are factors from those that only tell runs apart, such as a folder or a host."""

from collections.abc import Mapping, Sequence

from evenkeel.importing.heads import Head
from evenkeel.importing.problems import ImportProblem
from evenkeel.stability.errors import FrameError
from evenkeel.stability.roles import check_repeats as looks_measured


def check_repeats(heads: Sequence[Head], seeds: Mapping[str, int | None], params: Sequence[str]) -> None:
    """Check that the levels of the params come back with other seeds, as those of a factor do.

    Args:
        heads: Runs that have a seed.
        seeds: id of a run -> its seed.
        params: The params that vary over the runs.

    Raises:
        ImportProblem: Some do not. It names all of them.
    """
    own = [seeds[head.id] or 0 for head in heads]
    found = [param for param in params if _looks_measured(param, heads, own)]
    if found:
        raise ImportProblem(
            "ignore",
            f"most runs have another value of {', '.join(found)} than all others, which tells runs apart and makes no "
            f"cells. Leave it out with --ignore {','.join(found)}, or name the only params that are factors with "
            "--factors",
        )


def _looks_measured(param: str, heads: Sequence[Head], seeds: Sequence[int]) -> bool:
    try:
        looks_measured(param, [head.params.get(param) for head in heads], seeds, [1] * len(heads))
    except FrameError:
        return True
    return False
