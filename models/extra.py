"""The levels of arch, norm, init and optimizer that plug-ins bring, and the code of each. No torch here.

Nothing here finds or imports a plug-in. Whoever has its code hands it in with `register`: the trainer does, before a
run starts, and so may a notebook, before it calls `models.load`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.factors import Arch, Init, Norm, Optimizer

# The factors whose levels a plug-in may add to, and the levels that are built in.
BUILT_IN: dict[str, type[StrEnum]] = {"arch": Arch, "norm": Norm, "init": Init, "optimizer": Optimizer}
BUILT_IN_NAMES = {factor: frozenset(map(str, levels)) for factor, levels in BUILT_IN.items()}


class LevelError(ValueError):
    """The code of a level is not here, or does not do what it must. The message names the level and its package."""


@dataclass(frozen=True)
class Extra:
    """The code of a level, and where it comes from.

    Attributes:
        code: The function that docs/extending.md describes for the factor.
        package: The package that brings it, such as 'lab-nets==0.1.0'; '' if that is not known.
    """

    factor: str
    level: str
    code: Callable[..., Any]
    package: str = ""

    def __str__(self) -> str:
        return f"{self.factor} {self.level!r}" + (f" of {self.package}" if self.package else "")


extra_levels: dict[str, dict[str, Extra]] = {factor: {} for factor in BUILT_IN}


def register(factor: str, level: str, code: Callable[..., Any], package: str = "") -> None:
    """Hand in the code of a level, for this process. It replaces what was handed in before for the same level.

    Args:
        factor: 'arch', 'norm', 'init' or 'optimizer'.
        level: The level's name in a grid.
        code: The function that docs/extending.md describes for the factor.
        package: The package that brings it, such as 'lab-nets==0.1.0'.

    Raises:
        LevelError: If the factor takes no levels of plug-ins, if the level is a built-in one, or if the code cannot be
            called.
    """
    if factor not in BUILT_IN:
        raise LevelError(f"{factor!r} takes no levels of plug-ins; these factors do: {', '.join(BUILT_IN)}")
    extra = Extra(factor, level, code, package)
    if is_built_in(factor, level):
        raise LevelError(f"{extra}: a built-in level has this name")
    if not callable(code):
        raise LevelError(f"{extra}: must be a function, not {type(code).__name__}")
    extra_levels[factor][level] = extra


def is_built_in(factor: str, level: str) -> bool:
    """Whether the level is one of Evenkeel's own."""
    return level in BUILT_IN_NAMES[factor]


def packages_of(levels: Mapping[str, Any]) -> dict[str, str]:
    """The packages that bring levels of a cell: factor -> package. A built-in level has no entry."""
    brought = {factor: levels[factor] for factor in BUILT_IN if not is_built_in(factor, levels[factor])}
    return {factor: extra_level(factor, level).package for factor, level in brought.items()}


def extra_level(factor: str, level: str) -> Extra:
    """What was handed in for a level. Raises LevelError if nothing was."""
    try:
        return extra_levels[factor][level]
    except KeyError:
        raise LevelError(
            f"{factor} {level!r} is not built in, and no package here brings it; "
            f"known: {', '.join([*BUILT_IN[factor], *extra_levels[factor]])}"
        ) from None
