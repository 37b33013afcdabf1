"""What charts are drawn from. The scripts in api/pages/static read these fields by name."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import Response
from pydantic_core import to_json

from evenkeel.analysis.summary import SampledCell
from evenkeel.figures.colours import colours_of
from evenkeel.figures.levels import call_level
from evenkeel.figures.theme import THEMES
from evenkeel.figures.traces import shows_shares
from evenkeel.grids.levels import differing, in_order, show
from evenkeel.plugins import Metric, Task
from evenkeel.result import about, result

DIGITS = 5  # more than a screen shows


@result
class MetricShown:
    name: str = about("Name of the metric.")
    label: str = about("Its name on an axis.")
    better: str = about("Whether 'higher' or 'lower' values are better.")
    share: bool = about("Whether its axis ends at 1.")
    diagnostic: bool = about("Whether it tells why a run is unstable.")

    @classmethod
    def of(cls, task: Task, metric: Metric) -> "MetricShown":
        return cls(metric.name, task.call(metric.name), metric.better, shows_shares(metric), metric.diagnostic)


@result
class FactorShown:
    name: str = about("Name of the factor.")
    label: str = about("Its name in figures.")
    levels: list[str] = about("Its levels in their order, as figures write them, such as 'lr 0.01'.")
    short: list[str] = about("The levels alone, such as '0.01'.")
    colours: dict[str, list[str]] = about("'light' and 'dark' -> the colour of each level on that ground.")


def factors_of(task: Task, cells: Sequence[SampledCell]) -> list[FactorShown]:
    """The factors in which the cells differ."""
    found = {
        factor: in_order(task, factor, (cell.levels[factor] for cell in cells))
        for factor in differing(task, [cell.levels for cell in cells])
    }
    return [
        FactorShown(
            name=factor,
            label=task.call(factor),
            levels=[call_level(task, factor, level) for level in levels],
            short=[task.call(level) if isinstance(level, str) else show(level) for level in levels],
            colours={name: colours_of(levels, theme) for name, theme in THEMES.items()},
        )
        for factor, levels in found.items()
    ]


def places_of(task: Task, cells: Sequence[SampledCell], factors: Sequence[FactorShown]) -> list[list[int]]:
    """For each cell, the place of its level in each of the factors."""
    names = [factor.name for factor in factors]
    order = {name: in_order(task, name, (cell.levels[name] for cell in cells)) for name in names}
    return [[order[name].index(cell.levels[name]) for name in names] for cell in cells]


def rounded(values: Iterable[Any]) -> list[float | None]:
    """The values with as many digits as a screen shows. What is no finite number is null: a line ends there."""
    return [float(f"{value:.{DIGITS}g}") if value is not None and math.isfinite(value) else None for value in values]


def answer(data: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(to_json(data, inf_nan_mode="null"), media_type="application/json", headers=dict(headers or {}))
