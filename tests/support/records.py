"""Writes runs into a store as a worker would, without training."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import func, select

from evenkeel.grids.cell import Cell, canonical_hash
from evenkeel.grids.cell import make_cell as cell_of
from evenkeel.plugins import Outcome, Task
from evenkeel.records.leases import Claim
from evenkeel.records.rows import Epoch, Run
from evenkeel.records.status import Status
from evenkeel.records.workers import Taker
from evenkeel.schema import cells, experiments, runs
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION

# The tasks that a worker of this version trains, with their versions.
TASKS = {"classification": 1}
TAKER = Taker("worker", "v1", TASKS)


def make_cell(arch: str = "yolo", norm: str = "none", init: str = "he", **levels: object) -> Cell:
    return cell_of(CLASSIFICATION, {"arch": arch, "norm": norm, "init": init, "epochs": 3, "width": 0.25} | levels)


def claim_run(store: Store, cell: Cell, seed: int, experiment: str = "exp", taker: Taker = TAKER) -> Claim:
    """Create a run and claim it, even if another run would be next. All runs of an experiment are as if they were
    posted together, before the first of them was finished."""
    store.grids.ensure(experiment, [cell], [seed])
    with store.database.write() as db:
        cell_ids = select(cells.c.id).join(experiments).where(experiments.c.name == experiment)
        theirs = runs.c.cell_id.in_(cell_ids)
        first = db.scalar(select(func.min(runs.c.created_ms)).where(theirs))
        db.execute(runs.update().where(theirs).values(created_ms=first))
    [run] = [run for run in store.runs.all(experiment) if run.cell_hash == cell.hash and run.seed == seed]
    with _others_aside(store, run.id):
        claim = store.claims.take(taker, 60)
    assert claim is not None
    return claim


@contextmanager
def _others_aside(store: Store, run_id: str) -> Iterator[None]:
    """Take all other runs from the queue for a while. Afterwards they are queued as before."""
    _move_others(store, run_id, Status.QUEUED, "aside")
    yield
    _move_others(store, run_id, "aside", Status.QUEUED)


def _move_others(store: Store, run_id: str, before: str, after: str) -> None:
    with store.database.write() as db:
        db.execute(runs.update().where(runs.c.id != run_id, runs.c.status == before).values(status=after))


def all_values(task: Task, values: Mapping[str, float | None]) -> dict[str, float | None]:
    """The values as a child sends them: every metric of the task in its order, None if it was not measured."""
    return {metric.name: None for metric in task.metrics} | dict(values)


def make_unreadable(
    store: Store, cell: Cell, experiment: str = "exp", task: str = "classification", **levels: object
) -> str:
    """Change the stored cell as if a version with these levels or this task had written it. Returns its new hash."""
    changed = cell.stored_levels | levels
    cell_hash = canonical_hash({"task": task, "levels": changed})
    with store.database.write() as db:
        [experiment_id] = db.scalars(select(experiments.c.id).where(experiments.c.name == experiment))
        its_row = cells.c.experiment_id == experiment_id, cells.c.hash == cell.hash
        db.execute(cells.update().where(*its_row).values(task=task, levels=changed, hash=cell_hash))
    return cell_hash


def log_epochs(store: Store, claim: Claim, accuracies: Sequence[float]) -> None:
    for number, accuracy in enumerate(accuracies, 1):
        measured = {
            "train_accuracy": accuracy,
            "val_accuracy": accuracy - 0.01,
            "train_loss": 1 - accuracy,
            "val_loss": 1.1 - accuracy,
            "grad_norm_mean": 2.0,
        }
        values = all_values(claim.spec.cell.task, measured)
        assert store.claims.append_epoch(claim, Epoch(claim.run_id, number, values, 0.5, now_ms()))


def finish_run(
    store: Store,
    cell: Cell,
    seed: int,
    accuracies: Sequence[float],
    outcome: Outcome = Outcome.CONVERGED,
    diverged_epoch: int | None = None,
    experiment: str = "exp",
) -> str:
    """Write a finished run and return its id.

    The validation accuracy is 0.01 below the training accuracy. The training loss is 1 - the training accuracy.
    """
    claim = claim_run(store, cell, seed, experiment)
    log_epochs(store, claim, accuracies)
    finish_claim(store, claim, len(accuracies), outcome, diverged_epoch)
    return claim.run_id


def finish_claim(
    store: Store,
    claim: Claim,
    num_epochs: int,
    outcome: Outcome = Outcome.CONVERGED,
    diverged_epoch: int | None = None,
) -> None:
    """End a run as finished, as if its cell were meant to train `num_epochs`."""
    its_cell = select(runs.c.cell_id).where(runs.c.id == claim.run_id).scalar_subquery()
    with store.database.write() as db:
        meant = db.scalar(select(cells.c.epochs).where(cells.c.id == its_cell))
        db.execute(cells.update().where(cells.c.id == its_cell).values(epochs=num_epochs))
    assert store.claims.finish(claim, outcome, diverged_epoch)
    with store.database.write() as db:
        db.execute(cells.update().where(cells.c.id == its_cell).values(epochs=meant))


def mirrored(store: Store, run: Run, mlflow_run_id: str, epoch: int) -> None:
    """Record what a mirror would that made a copy of the run just now."""
    store.outbox.set_mlflow_run(run, mlflow_run_id)
    store.outbox.mark_mirrored(run, mlflow_run_id, epoch)
