"""The grid that an experiment could have been posted as, so that it can be changed and posted again."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from pydantic import ValidationError

from evenkeel.grids.cell import Cell, make_cell
from evenkeel.grids.levels import differing, in_order
from evenkeel.lab.cells import list_cells
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NotNow, check_trained_here, find_experiment

# The largest product of levels whose missing cells are looked for. A grid may exclude 1,000.
MOST_COMBINATIONS = 1_000


def grid_of(lab: Lab, name: str) -> dict[str, Any]:
    """A grid, as it is posted, that has the cells and seeds of an experiment and no others.

    Cells of other tasks than the first one's are left out, and so are cells that cannot be read here. If there are too
    many combinations of levels, it may have more cells.

    Raises:
        NoSuchExperiment: There is no experiment of this name.
        NotNow: Its runs were imported, or none of its cells can be read here.
    """
    experiment = find_experiment(lab, name)
    check_trained_here(lab, name, "posted again")
    known, _ = list_cells(lab, name)
    if not known:
        raise NotNow(f"no cell of {name} can be read here, so its grid is not known")
    task = known[0].made.task
    cells = [each.made for each in known if each.made.task is task]
    varied = differing(task, [cell.levels for cell in cells])
    levels = {factor: in_order(task, factor, (cell.levels[factor] for cell in cells)) for factor in varied}
    stored = {factor: level for cell in cells for factor, level in cell.stored_levels.items()}
    fixed = {factor: stored[factor] for factor in task.factors if factor in stored and factor not in varied}
    seeds = lab.store.tallies.seeds(experiment.id)
    rule = experiment.rule.rule.model_dump(exclude_none=True) if experiment.rule else None
    grid: dict[str, Any] = {"name": name, "task": task.name, "grid": levels, "train": fixed}
    grid["seeds"] = rule or (len(seeds) if seeds == list(range(len(seeds))) else seeds)
    missing = list(_missing(cells, levels, fixed))
    return grid | ({"exclude": missing} if missing else {})


def _missing(cells: Sequence[Cell], levels: dict[str, list[Any]], fixed: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The combinations of levels that are none of the cells. Those that train as one of them are."""
    if prod(map(len, levels.values())) > MOST_COMBINATIONS:
        return
    task, there = cells[0].task, {cell.trains_as for cell in cells}
    for combination in product(*levels.values()):
        chosen = dict(zip(levels, combination, strict=True))
        try:
            if make_cell(task, chosen | fixed).trains_as in there:
                continue
        except (ValidationError, ValueError):
            pass  # Its levels do not go together.
        yield chosen
