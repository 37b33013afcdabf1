"""Deletes what is no longer wanted: a cell, for example one that cannot be read, or a whole experiment."""

from evenkeel.grids.expand import SpecError
from evenkeel.grids.which_cell import NoSuchCell
from evenkeel.lab.cells import find_cell
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NoSuchExperiment, find_experiment
from evenkeel.result import about, result


@result
class Forgotten:
    experiment: str = about("Name of the experiment. The experiment stays.")
    cell: str = about("Name of the deleted cell; its hash if it could not be read.")
    hash: str = about("Hash of the deleted cell.")
    runs: int = about("Number of runs that were deleted with it.")
    epochs: int = about("Number of epochs that were deleted with these runs.")
    says: str = about("What was deleted, and what is still stored elsewhere.")


@result
class Deleted:
    experiment: str = about("Name of the experiment.")
    cells: int = about("Number of cells that were deleted with it.")
    runs: int = about("Number of runs that were deleted with it.")
    epochs: int = about("Number of epochs that were deleted with these runs.")
    says: str = about("What was deleted, and what becomes of the copies elsewhere.")


CHECKPOINTS = "Workers remove the checkpoints from their disks within a minute or two."


def delete_experiment(lab: Lab, name: str, confirm: str) -> Deleted:
    """Delete an experiment with its cells, runs and epochs.

    Args:
        confirm: the name again.

    Raises:
        NoSuchExperiment: there is no experiment of this name.
        SpecError: `confirm` is another name; nothing is deleted.
        ExperimentTrains: one of its runs is training; nothing is deleted.
    """
    find_experiment(lab, name)
    if confirm != name:
        raise SpecError("confirm", f"must be the name of the experiment, {name!r}; nothing was deleted")
    counts = lab.store.deletions.delete(name)
    if counts is None:
        raise NoSuchExperiment(name, [])
    num_cells, num_runs, num_epochs = counts
    gone = f"Deleted {name}: {num_cells} cells, {num_runs} runs and {num_epochs} epochs."
    trash = "Its copy in MLflow moves to MLflow's trash, from where it can be restored."
    return Deleted(name, num_cells, num_runs, num_epochs, f"{gone} {CHECKPOINTS} {trash}")


def forget(lab: Lab, experiment: str, said: str, by: str = "") -> Forgotten:
    """Delete a cell of an experiment with its runs and their epochs.

    Args:
        said: the name or hash that the user gave, or the beginning of one; see `pick_cell`.
        by: id of the API key that asks; '' if the lab has no keys.

    Raises:
        NoSuchExperiment: there is no experiment of this name.
        NoSuchCell: no cell fits.
        SeveralCells: more than one cell fits; nothing is deleted.
        CellTrains: one of its runs is training; nothing is deleted.
    """
    experiment_id = find_experiment(lab, experiment).id
    found = find_cell(lab, experiment, said)
    deleted = lab.store.deletions.forget(experiment_id, found.hash, found.cell, by)
    if deleted is None:
        raise NoSuchCell(f"the cell {found.cell!r} no longer exists")
    num_runs, num_epochs = deleted
    gone = f"Deleted the cell {found.cell} of {experiment}, {num_runs} runs and {num_epochs} epochs."
    stays = f"{CHECKPOINTS} The copies in MLflow stay; delete them there."
    return Forgotten(experiment, found.cell, found.hash, num_runs, num_epochs, f"{gone} {stays}")
