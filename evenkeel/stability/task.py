"""Declares the task of runs that were trained elsewhere, from the columns of their frame."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, create_model

from evenkeel.grids.levels import is_number
from evenkeel.plugins import Metric, Panels, Task
from evenkeel.stability.errors import FrameError

NAME = "imported"
BETTER = ("higher", "lower")


class ImportedTask(Task):
    """The task of a frame. Its metric may have any name, because no store has to keep it."""

    def __post_init__(self) -> None:
        pass


def make_task(
    metric: Metric, levels: Mapping[str, Sequence[Any]], order: Mapping[str, Sequence[Any]], num_epochs: Any
) -> Task:
    """The task.

    Args:
        levels: factor -> its level in each row.
        order: factor -> its levels in their order, for the factors that declare one.
        num_epochs: Returns how many epochs a run with these parameters trains.
    """
    fields: dict[str, Any] = {name: (_kind(found, order.get(name, ())), ...) for name, found in levels.items()}
    config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    parameters: type[BaseModel] = create_model("Levels", __config__=config, **fields)
    numeric = [name for name, found in levels.items() if all(map(is_number, found))]
    return ImportedTask(
        name=NAME,
        version=1,
        parameters=parameters,
        metrics=(metric,),
        default_metric=metric.name,
        panels=panels_of([*(name for name in levels if name not in numeric), *numeric]),
        region_factor=max(numeric, key=lambda name: len(set(levels[name])), default=None),
        num_epochs=num_epochs,
    )


def make_metric(name: str, values: NDArray[np.float64], better: str, worst: float | None, share: bool | None) -> Metric:
    """The metric.

    Args:
        values: Its values in all rows.
        better: 'higher' or 'lower'.
        worst: The value that a diverged run counts with. By default it is 0 for a share of which more is better, 1 for
            one of which less is better, and infinite for other metrics.
        share: Whether it is a share, in [0, 1]. By default it is one if higher is better and all values lie there.

    Raises:
        FrameError: An argument is not allowed, or contradicts the values.
    """
    if better not in BETTER:
        raise FrameError("better", f"{better!r} is not allowed; allowed: {', '.join(BETTER)}")
    known = values[np.isfinite(values)]
    if not len(known):
        raise FrameError(name, "has no finite value in any row")
    inside = bool(known.min() >= 0 and known.max() <= 1)
    if share and not inside:
        raise FrameError(name, f"has the values {known.min():g} to {known.max():g}; a share lies in 0 to 1")
    share = (better == "higher" and inside) if share is None else share
    higher = better == "higher"
    if worst is None:
        worst = float(not higher) if share else -np.inf if higher else np.inf
    lowest = float(known.min() if higher else known.max())
    if np.isnan(worst) or (worst > lowest if higher else worst < lowest):
        raise FrameError("worst", f"{worst:g} is better than {lowest:g}, which a run has; it must be the worst value")
    kind: Literal["higher", "lower"] = "higher" if higher else "lower"
    return Metric(name, kind, float(worst), "share" if share else "", f"The column {name}.")


def _kind(levels: Sequence[Any], order: Sequence[Any]) -> Any:
    """The type of a factor's levels. One that lists them says their order, too."""
    if order and all(isinstance(level, str) for level in order):
        return Literal[tuple(order)]
    for kind in (bool, int, float, str):
        if all(type(level) is kind or (kind is float and is_number(level)) for level in levels):
            return kind
    return bool | int | float | str


def panels_of(factors: Sequence[str]) -> Panels:
    """The first factors name a cell and lay out its figures. The last of them has a line for each level."""
    first, *others = factors[:3]
    return Panels(first, others[0] if len(others) > 1 else first, others[-1] if others else first)
