"""Deleting a cell that nobody wants any more, or that cannot be read."""

from evenkeel.grids.levels import cell_name
from evenkeel.grids.which_cell import NamedCell, NoSuchCell, pick_cell
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.lab.left_out import LeftOut, read_cells
from evenkeel.result import about, result


@result
class Forgotten:
    experiment: str = about("The experiment, which stays.")
    cell: str = about("The name of the cell that was deleted; the hash if it could not be read.")
    hash: str = about("Its hash.")
    runs: int = about("Runs that were deleted with it.")
    epochs: int = about("Epochs that were deleted with them.")
    says: str = about("What was deleted, and what stays elsewhere.")


def forget(lab: Lab, experiment: str, said: str) -> Forgotten:
    """Delete a cell of an experiment with its runs and their epochs.

    Args:
        said: what the caller calls the cell, as `pick_cell` takes it.

    Raises:
        NoSuchExperiment, NoSuchCell.
        SeveralCells: more than one may be meant; nothing is deleted.
        CellTrains: a run of it trains; nothing is deleted.
    """
    experiment_id = find_experiment(lab, experiment).id
    found = _find(lab, experiment, said)
    deleted = lab.store.experiments.forget(experiment_id, found.hash)
    if deleted is None:
        raise NoSuchCell(f"there is no cell {found.cell!r} any more")
    num_runs, num_epochs = deleted
    gone = f"Deleted the cell {found.cell} of {experiment}, {num_runs} runs and {num_epochs} epochs."
    stays = "What was copied to MLflow and the checkpoints on workers' disks stay: delete them there."
    return Forgotten(experiment, found.cell, found.hash, num_runs, num_epochs, f"{gone} {stays}")


def _find(lab: Lab, experiment: str, said: str) -> NamedCell | LeftOut:
    rows = lab.store.curves.find_cells(experiment, {}, None)
    cells, left_out = read_cells(rows)
    tasks = {cell.task.name: cell.task for cell in cells.values()}
    every: list[NamedCell | LeftOut] = [
        NamedCell(cell_name(cell.task, cell.levels, row.hash), row.hash, cell.levels)
        for row in rows
        if (cell := cells.get(row.id))
    ]
    every += left_out
    only_task = next(iter(tasks.values())) if len(tasks) == 1 else None
    return pick_cell(only_task, every, said)
