"""Expands a posted grid into its cells.

A grid that cannot be run is refused. The error names the field at fault and what is allowed there.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from evenkeel.grids.cell import Cell
from evenkeel.grids.levels import canonical, declared
from evenkeel.grids.spec import GridSpec
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import Task


class SpecError(ValueError):
    """A grid that cannot be run. `field` is the path of the key at fault. `problem` says what is allowed there."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


def expand(spec: GridSpec, max_runs: int) -> list[Cell]:
    """The cells of a grid, in the order of its levels.

    Args:
        max_runs: the largest number of runs (cells times seeds, before `exclude`) that is allowed.

    Raises:
        SpecError: a level is repeated; a key stands in both `grid` and `train`; a required key stands in neither; the
            grid has more than `max_runs` runs; its rule for seeds names a factor that does not vary or a metric that is
            not known; `exclude` names something that is not in the grid, or leaves no cell; or the levels of a cell do
            not go together.
    """
    task = known_tasks()[spec.task]
    _check_keys(task, spec)
    _check_rule(task, spec)
    if spec.count() > max_runs:
        sizes = " x ".join(f"{len(v)} {k}" for k, v in spec.levels.items())
        raise SpecError(
            "grid", f"{sizes} x {spec.most_seeds} seeds = {spec.count():,} runs; at most {max_runs:,} are allowed"
        )
    excluded = [_check_exclude(i, partial, spec.levels) for i, partial in enumerate(spec.exclude)]
    cells = list(_cells(task, spec, excluded))
    if not cells:
        raise SpecError("exclude", "leaves no cell; at least one must remain")
    return cells


def _check_keys(task: Task, spec: GridSpec) -> None:
    for name, levels in spec.levels.items():
        if len(set(levels)) < len(levels):
            repeated = next(level for level in levels if levels.count(level) > 1)
            raise SpecError(f"grid.{name}", f"repeats the level {_show(repeated)}; name each level only once")
        if name in spec.fixed:
            raise SpecError(f"train.{name}", "is also in grid; put it in only one of them")
    for name, info in task.parameters.model_fields.items():
        if info.is_required() and name not in spec.levels and name not in spec.fixed:
            raise SpecError(f"grid.{name}", f"is missing; give a list of levels{_from(declared(task, name))}")


def _check_rule(task: Task, spec: GridSpec) -> None:
    if spec.seed_rule is None:
        return
    until = spec.seed_rule.until
    varied = [factor for factor, levels in spec.levels.items() if len(levels) > 1]
    if until.decided is not None and until.decided not in varied:
        allowed = ", ".join(varied) or "none, since every factor has one level"
        raise SpecError("seeds.until.decided", f"must be a factor with several levels in this grid: {allowed}")
    metrics = [metric.name for metric in task.metrics]
    if until.metric is not None and until.metric not in metrics:
        raise SpecError("seeds.until.metric", f"is not a metric of the task; its metrics: {', '.join(metrics)}")


def _from(named: Sequence[Any]) -> str:
    """' from: he, glorot', as part of a sentence, if the factor lists its levels; '' if it does not."""
    return f" from: {', '.join(map(_show, named))}" if named else ""


def _check_exclude(index: int, partial: dict[str, Any], levels: Mapping[str, list[Any]]) -> dict[str, Any]:
    if not partial:
        raise SpecError(f"exclude.{index}", "is empty and would leave out every cell")
    partial = {name: _as_kept(level) for name, level in partial.items()}
    for name, level in partial.items():
        if name not in levels:
            raise SpecError(
                f"exclude.{index}.{name}", f"is not a factor of this grid; its factors: {', '.join(levels)}"
            )
        if not any(_is_same(level, known) for known in levels[name]):
            allowed = ", ".join(_show(known) for known in levels[name])
            raise SpecError(
                f"exclude.{index}.{name}", f"{_show(level)} is not a level of this grid; its levels: {allowed}"
            )
    return partial


def _as_kept(level: Any) -> Any:
    """The level as a cell has it: a list or an object as text."""
    try:
        return canonical(level) if isinstance(level, list | dict) else level
    except ValueError:  # NaN, which no level has
        return level


def _is_same(one: Any, other: Any) -> bool:
    """Like ==, but True is not the number 1. 1 is still the same as 1.0."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _cells(task: Task, spec: GridSpec, excluded: Sequence[dict[str, Any]]) -> Iterator[Cell]:
    varied, fixed = spec.levels, spec.fixed
    for combination in product(*varied.values()):
        levels = dict(zip(varied, combination, strict=True))
        if any(partial.items() <= levels.items() for partial in excluded):
            continue
        parameters = task.parameters.model_validate({**levels, **fixed})
        # Each level was validated with the grid, so only the combination can still be wrong.
        if problem := task.problem(parameters):
            field, message = problem
            raise SpecError(f"{'grid' if field in levels else 'train'}.{field}", message)
        yield Cell(task, parameters)


def _show(level: Any) -> str:
    return repr(str(level)) if isinstance(level, str) else repr(level)
