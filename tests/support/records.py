"""Runs put into a store as a worker would, without training."""

from collections.abc import Sequence

from evenkeel.lab.cell import Cell
from evenkeel.lab.cell import make_cell as cell_of
from evenkeel.lab.records import Epoch
from evenkeel.lab.store import Store, now_ms
from evenkeel.lab.workers import Claim, Taker
from evenkeel.plugins import Outcome
from models.task import CLASSIFICATION


def make_cell(arch: str = "yolo", norm: str = "none", init: str = "he", **levels: object) -> Cell:
    return cell_of(CLASSIFICATION, {"arch": arch, "norm": norm, "init": init, "epochs": 3, "width": 0.25} | levels)


def claim_run(store: Store, cell: Cell, seed: int, experiment: str = "exp") -> Claim:
    """A claim on a run that is made for it."""
    store.grids.ensure(experiment, [cell], [seed])
    [run] = [run for run in store.runs.all(experiment) if run.cell_hash == cell.hash and run.seed == seed]
    claim = store.claims.take(Taker("worker", "v1"), 60, run.id)
    assert claim is not None
    return claim


def log_epochs(store: Store, claim: Claim, accuracies: Sequence[float]) -> None:
    for number, accuracy in enumerate(accuracies, 1):
        values = {
            "train_accuracy": accuracy,
            "val_accuracy": accuracy - 0.01,
            "train_loss": 1 - accuracy,
            "val_loss": 1.1 - accuracy,
            "grad_norm_mean": 2.0,
        }
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
    """Its id. The validation accuracy is 0.01 below the training accuracy, the loss one minus it."""
    claim = claim_run(store, cell, seed, experiment)
    log_epochs(store, claim, accuracies)
    assert store.claims.finish(claim, outcome, diverged_epoch)
    return claim.run_id
