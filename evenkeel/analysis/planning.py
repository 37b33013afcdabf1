"""Plans a grid: what it would create, how long that takes, and the smallest difference that so many seeds show."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evenkeel.analysis.looks import NO_DATA, Look, extensions
from evenkeel.analysis.wording.detectable import detectable_says
from evenkeel.grids.spec import GridSpec
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.context import Lab
from evenkeel.lab.planned import Detectable, GridPlan
from evenkeel.lab.planning import plan_grid
from evenkeel.plugins import Outcome
from evenkeel.records.rows import CellRow, SeedRun
from evenkeel.records.status import Status
from evenkeel.statistics.detectable import smallest_difference, smallest_p
from evenkeel.store import Store

# Cells whose spread is asked for. Those of the plan come first.
MOST_CELLS = 500


def plan_study(lab: Lab, spec: GridSpec) -> GridPlan:
    """What `post_grid` would create. Nothing is stored. Raises SpecError."""
    plan = plan_grid(lab, spec)
    return replace(plan, detectable=detectable(lab.store, spec, plan))


def detectable(store: Store, spec: GridSpec, plan: GridPlan) -> Detectable:
    """The smallest difference between two cells that the seeds show once the plan is trained.

    The level is that of the look at which the cells are compared then, of one comparison. With a rule for seeds, every
    cell has the most seeds that the rule allows.
    """
    planned = {cell.hash for cell in plan.cells}
    rows = [row for row in store.curves.find_cells(plan.name, {}, None) if row.task == spec.task]
    rows = sorted(rows, key=lambda row: row.hash not in planned)[:MOST_CELLS]
    runs = defaultdict[int, list[SeedRun]](list)
    for run in store.curves.seed_runs([row.id for row in rows]):
        runs[run.cell_id].append(run)
    theirs = {row.hash: runs[row.id] for row in rows if row.hash in planned}
    seeds = min(_num_seeds(spec, theirs.get(cell.hash, ())) for cell in plan.cells)
    look = _look(spec, [row for row in rows if row.hash in planned], runs)
    metric = (spec.seed_rule and spec.seed_rule.until.metric) or known_tasks()[spec.task].default_metric
    std, from_runs = _pooled_std([_final_values(each, metric) for each in runs.values()])
    shown = smallest_difference(seeds, look.level)
    return Detectable(
        seeds=seeds,
        level=look.level,
        smallest_p=smallest_p(seeds),
        in_stds=shown,
        metric=metric,
        std=std,
        from_runs=from_runs,
        difference=None if shown is None or std is None else shown * std,
        says=detectable_says(seeds, look.level, shown, metric, std, from_runs, len(plan.cells)),
    )


def _num_seeds(spec: GridSpec, runs: Sequence[SeedRun]) -> int:
    """The number of seeds that a cell has once the grid is trained."""
    there = {run.seed for run in runs if run.status not in NO_DATA}
    return max(len(there | set(spec.seed_list)), spec.most_seeds)


def _look(spec: GridSpec, rows: Sequence[CellRow], runs: Mapping[int, Sequence[SeedRun]]) -> Look:
    """The look at which these cells are compared once the grid is trained. It is one more if seeds are added to a cell
    of which a run has finished."""
    earlier = {each.at_ms for row in rows for each in extensions([row], runs[row.id])}
    added = any(
        any(run.status is Status.FINISHED for run in runs[row.id])
        and not set(spec.seed_list) <= {run.seed for run in runs[row.id]}
        for row in rows
    )
    rule = spec.seed_rule.level_shares if spec.seed_rule else 1
    return Look(1 + len(earlier) + added, max([rule, *(row.level_shares for row in rows)]))


def _final_values(runs: Sequence[SeedRun], metric: str) -> list[float]:
    """The final values of the runs of a cell that trained; none of a cell in which half of the runs or more did not."""
    finished = [run for run in runs if run.status is Status.FINISHED]
    trained = [run for run in finished if run.outcome is Outcome.CONVERGED]
    if 2 * len(trained) <= len(finished):
        return []
    curves = [run.curves[metric] for run in trained if metric in run.curves]
    return [float(curve[-1]) for curve in curves if len(curve) and np.isfinite(curve[-1])]


def _pooled_std(cells: Sequence[Sequence[float]]) -> tuple[float | None, int]:
    """(the standard deviation over seeds, pooled over the cells, number of runs). None without two runs of a cell, or
    if all of a cell's runs end at the same value."""
    several = [np.array(values) for values in cells if len(values) > 1]
    if not several:
        return None, 0
    squares = sum(float(((values - values.mean()) ** 2).sum()) for values in several)
    std = (squares / sum(len(values) - 1 for values in several)) ** 0.5
    return (std or None), sum(map(len, several))
