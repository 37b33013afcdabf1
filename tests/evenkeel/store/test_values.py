"""The values of an epoch are stored, packed and read by name, on SQLite and on Postgres."""

import numpy as np
import pytest
from records import all_values, claim_run, finish_claim, make_cell

from evenkeel.records.leases import Claim
from evenkeel.records.rows import Epoch, SeedRun
from evenkeel.schema import curves
from evenkeel.store import Store
from models.task import CLASSIFICATION

CELL = make_cell()
# Every earlier version wrote them in this order.
PACKED = (
    *("train_accuracy", "val_accuracy", "train_loss", "val_loss"),
    *("grad_norm_mean", "grad_norm_max", "update_ratio", "loss_jump", "dead_units", "epoch_seconds"),
)


def seed_runs(store: Store) -> list[SeedRun]:
    return store.curves.seed_runs([cell.id for cell in store.curves.find_cells(None, {}, CLASSIFICATION)])


def log_values(store: Store, claim: Claim, *epochs: dict[str, float | None]) -> None:
    """Log values as a child does: every metric of the task, whatever was measured."""
    for number, measured in enumerate(epochs, 1):
        values = all_values(claim.spec.cell.task, measured)
        assert store.claims.append_epoch(claim, Epoch(claim.run_id, number, values, 0.5, 0))


def test_values_are_stored_and_packed_as_they_are_given_and_no_others(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    given: dict[str, float | None] = {"val_loss": 0.1 + 0.2, "train_loss": None}
    assert store.claims.append_epoch(claim, Epoch(claim.run_id, 1, given, 0.5, 0))
    [epoch] = store.runs.epochs([claim.run_id])[claim.run_id]
    assert list(epoch.values.items()) == list(given.items())
    finish_claim(store, claim, 1)
    [finished] = seed_runs(store)
    assert list(finished.curves) == ["val_loss", "train_loss", "epoch_seconds"]


def test_the_bytes_of_a_classification_run_are_those_of_every_version_before(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    # Some diagnostics are missing, and the order is not that of the declaration.
    log_values(
        store,
        claim,
        {"dead_units": 0.25, "train_loss": 0.1 + 0.2, "val_loss": 1e-300, "train_accuracy": 1 / 3, "val_accuracy": 0},
        {"val_accuracy": 0.5, "grad_norm_mean": 3.0, "train_accuracy": 0.7, "val_loss": 1e300, "train_loss": -0.0},
    )
    finish_claim(store, claim, 2)
    with store.database.read() as db:
        row = db.execute(curves.select()).one()
    nan = float("nan")
    rows = [
        [1 / 3, 0.0, 0.1 + 0.2, 1e-300, nan, nan, nan, nan, 0.25, 0.5],
        [0.7, 0.5, -0.0, 1e300, 3.0, nan, nan, nan, nan, 0.5],
    ]
    assert (row.metrics, row.packed) == (",".join(PACKED), np.array(rows, "<f8").T.tobytes())


def test_a_metric_that_was_not_known_before_is_stored_packed_and_read_by_its_name(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    log_values(store, claim, {"train_loss": 1.0, "sharpness": 3.5}, {"train_loss": 0.5, "sharpness": 4.5})
    assert [epoch.values["sharpness"] for epoch in store.runs.epochs([claim.run_id])[claim.run_id]] == [3.5, 4.5]
    [training] = seed_runs(store)
    assert training.curves["sharpness"].tolist() == [3.5, 4.5]
    finish_claim(store, claim, 2)
    [finished] = seed_runs(store)
    assert finished.curves["sharpness"].tolist() == [3.5, 4.5]
    assert list(finished.curves) == [*PACKED[:-1], "sharpness", "epoch_seconds"]


@pytest.mark.parametrize("finished", [False, True])
def test_runs_of_different_metrics_each_have_their_own_and_gaps_where_an_epoch_lacks_one(
    store: Store, finished: bool
) -> None:
    first, second = claim_run(store, CELL, 0), claim_run(store, CELL, 1)
    log_values(store, first, {"sharpness": 1.5}, {"sharpness": None, "reward": 9.0}, {"reward": float("inf")})
    log_values(store, second, {"train_loss": 2.0})
    if finished:
        finish_claim(store, first, 3)
        finish_claim(store, second, 1)
    one, two = seed_runs(store)
    nan = float("nan")
    np.testing.assert_array_equal(one.curves["sharpness"], [1.5, nan, nan])
    np.testing.assert_array_equal(one.curves["reward"], [nan, 9.0, nan])
    np.testing.assert_array_equal(one.curves["train_loss"], [nan, nan, nan])
    assert two.curves["train_loss"].tolist() == [2.0]
    assert not {"sharpness", "reward"} & set(two.curves)
    assert [len(run.curves["epoch_seconds"]) for run in (one, two)] == [3, 1]


def test_a_number_that_is_not_finite_is_stored_as_null(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    log_values(store, claim, {"train_loss": float("inf"), "val_loss": float("nan"), "dead_units": float("-inf")})
    [epoch] = store.runs.epochs([claim.run_id])[claim.run_id]
    assert dict(epoch.values) == dict.fromkeys(PACKED[:-1])
