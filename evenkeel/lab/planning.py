"""Says what a grid would create, and how long that would take. Nothing is stored."""

from collections.abc import Sequence

from evenkeel.grids.cell import Cell
from evenkeel.grids.expand import SpecError, expand
from evenkeel.grids.levels import differing_beyond_name
from evenkeel.grids.same import Same, one_of_each, same_says
from evenkeel.grids.spec import GridSpec
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.context import Lab
from evenkeel.lab.estimating import estimate
from evenkeel.lab.experiments import left_out_of
from evenkeel.lab.packages import packages_for
from evenkeel.lab.planned import CellPlan, GridPlan
from evenkeel.lab.to_train import ToTrain
from evenkeel.plugins import Prepared
from evenkeel.records.availability import WORKER_SEEN_SECONDS, check_datasets, num_parameters, work
from evenkeel.records.imports import is_imported


def plan_grid(lab: Lab, spec: GridSpec) -> GridPlan:
    """What `post_grid` would create. Nothing is stored. `detectable` stays None. Raises SpecError."""
    found = cells_of(lab, spec)
    runs = _to_train(lab, spec, found)
    cells = sorted((same.cell for same in found), key=lambda cell: cell.rank)
    prepared = lab.store.workers.datasets(WORKER_SEEN_SECONDS)
    return GridPlan(
        name=spec.name,
        cells=[CellPlan(cell.name, cell.hash, cell.levels, num_parameters(cell, prepared)) for cell in cells],
        differing=differing_beyond_name(known_tasks()[spec.task], [cell.levels for cell in cells]),
        seeds=list(spec.seed_list),
        num_runs=len(cells) * len(spec.seed_list),
        most_runs=len(cells) * spec.most_seeds,
        num_new=len(runs.cells) if runs else 0,
        notes=notes_of(spec, found),
        left_out=left_out_of(lab, spec.name),
        estimate=estimate(lab.store, runs),
    )


def to_train(lab: Lab, spec: GridSpec) -> ToTrain | None:
    """The new runs of a grid; None if all exist. Raises SpecError."""
    return _to_train(lab, spec, cells_of(lab, spec))


def _to_train(lab: Lab, spec: GridSpec, found: Sequence[Same]) -> ToTrain | None:
    prepared = lab.store.workers.datasets(WORKER_SEEN_SECONDS)
    cells = longest_first([same.cell for same in found], prepared)
    check_datasets(spec, cells, prepared)
    packages = packages_for(lab.store, spec, cells, lab.store.workers.seen(WORKER_SEEN_SECONDS))
    known = {(run.cell_hash, run.seed) for run in lab.store.runs.all(spec.name)}
    new = [cell for seed in spec.seed_list for cell in cells if (cell.hash, seed) not in known]
    by_rule = (spec.most_seeds - len(spec.seed_list)) * len(cells)
    return ToTrain(spec.sharing, new, packages, lab.store.experiments.find(spec.name), by_rule) if new else None


def cells_of(lab: Lab, spec: GridSpec) -> list[Same]:
    """The cells of the grid. Combinations of levels that train as one are one cell. Raises SpecError."""
    if is_imported(spec.task):
        raise SpecError(
            "task", f"{spec.task!r} is trained by no worker: evenkeel import adds runs that were trained elsewhere"
        )
    if lab.store.imports.is_imported(spec.name):
        raise SpecError(
            "name",
            f"{spec.name!r} has runs that were imported, and the lab trains none beside them; choose another name",
        )
    combinations: Sequence[Cell] = expand(spec, lab.settings.max_runs)
    one_each = one_of_each(combinations)
    if len(one_each) == len(combinations):
        return one_each
    return one_of_each(combinations, held={row.hash for row in lab.store.curves.find_cells(spec.name, {}, None)})


def longest_first(cells: Sequence[Cell], prepared: Sequence[Prepared]) -> list[Cell]:
    """The cells in the order in which their runs with the same seed are to be trained: the longest first, so that no
    slot is left alone with a long run at the end. Cells that compute as much keep their order. All of them keep it if
    their task cannot tell of each how much it computes.

    Args:
        prepared: the datasets that workers have.
    """
    known = [(work(cell, prepared), cell) for cell in cells]
    lengths = {cell.hash: amount * cell.num_epochs for amount, cell in known if amount is not None}
    return sorted(cells, key=lambda cell: -lengths[cell.hash]) if len(lengths) == len(cells) else list(cells)


def notes_of(spec: GridSpec, found: Sequence[Same]) -> list[str]:
    """What is worth knowing about the cells and not visible in their levels."""
    task = known_tasks()[spec.task]
    return [*same_says(task, found), *task.notes_of(same.cell.parameters for same in found)]
