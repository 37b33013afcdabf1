"""Cells and curves as the summary reads them, each on SQLite and on Postgres."""

import numpy as np
import pytest
from records import claim_run, finish_run, log_epochs, make_cell
from sqlalchemy import text

from lab.records import Taker
from lab.stability.noise import pack_bits
from lab.status import Outcome, Status
from lab.store import Store
from lab.store.curves import PACKED, pack, unpack

CELL = make_cell()


def ids(store: Store) -> list[int]:
    return [cell.id for cell in store.find_cells(None, {})]


def test_curves_come_back_as_they_were_packed() -> None:
    values = {name: np.random.default_rng(0).normal(size=4) for name in PACKED}
    values["dead_units"][2] = np.nan
    for name, curve in unpack(",".join(PACKED), pack(values)).items():
        np.testing.assert_array_equal(curve, values[name])


def test_a_run_reads_the_same_while_it_trains_and_after_its_curves_were_packed(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    log_epochs(store, claim, [0.1, 0.5, 0.9])
    [training] = store.seed_runs(ids(store))
    assert store.finish(claim, Outcome.CONVERGED)
    [finished] = store.seed_runs(ids(store))
    assert (training.status, finished.status) == (Status.RUNNING, Status.FINISHED)
    assert finished.outcome is Outcome.CONVERGED
    for name in PACKED:
        np.testing.assert_array_equal(training.curves[name], finished.curves[name])
    np.testing.assert_array_equal(finished.curves["train_accuracy"], [0.1, 0.5, 0.9])
    assert np.isnan(finished.curves["dead_units"]).all()


def test_a_run_that_diverged_before_its_first_epoch_has_no_curve(store: Store) -> None:
    finish_run(store, CELL, 0, [], Outcome.DIVERGED, 1)
    [run] = store.seed_runs(ids(store))
    assert (run.outcome, run.diverged_epoch, len(run.curves["train_loss"])) == (Outcome.DIVERGED, 1, 0)


def test_only_the_epochs_of_the_current_attempt_are_packed(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    log_epochs(store, claim, [0.2, 0.2])
    store.release(claim)
    again = store.claim(Taker("worker", "v1"), 60, claim.run_id)
    assert again is not None
    log_epochs(store, again, [0.7])
    store.finish(again, Outcome.CONVERGED)
    [run] = store.seed_runs(ids(store))
    assert run.curves["train_accuracy"].tolist() == [0.7]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, 3),
        ({"arch": ["yolo"]}, 2),
        ({"arch": ["yolo", "resnet"], "norm": ["none"]}, 3),
        ({"lr": [0.003]}, 1),
        ({"lr": [0.001, 0.003], "arch": ["yolo"]}, 2),
        ({"epochs": [3]}, 3),
        ({"epochs": [4]}, 0),
        ({"init": ["glorot"]}, 0),
    ],
)
def test_cells_are_found_by_levels_of_every_kind(store: Store, filters: dict, found: int) -> None:
    store.ensure_runs("exp", [CELL, make_cell(lr=0.003), make_cell("resnet")], [0])
    assert len(store.find_cells("exp", filters)) == found
    assert store.find_cells("other", filters) == []


def test_a_cell_older_than_a_factor_has_its_default(store: Store) -> None:
    store.ensure_runs("exp", [CELL], [0])
    levels = '{"arch": "yolo", "norm": "none", "init": "he", "epochs": 3}'
    with store.engine.begin() as db:
        db.execute(text("UPDATE cells SET levels = :levels"), {"levels": levels})
    assert len(store.find_cells(None, {"label_noise": [0.0]})) == 1
    assert len(store.find_cells(None, {"precision": ["fp32"]})) == 1
    assert store.find_cells(None, {"label_noise": [0.5]}) == []


def test_a_stamp_changes_with_everything_that_happens_to_a_run(store: Store) -> None:
    seen = []

    def stamp() -> None:
        [found] = store.cell_stamps(ids(store)).values()
        seen.append(found)

    claim = claim_run(store, CELL, 0)
    stamp()
    log_epochs(store, claim, [0.5])
    stamp()
    store.finish(claim, Outcome.CONVERGED)
    stamp()
    store.ensure_runs("exp", [CELL], [1])
    stamp()
    assert len(set(seen)) == 4


def test_right_examples_are_kept_of_the_current_attempt_alone(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    first, second = (pack_bits(np.array(bits, bool)) for bits in ([1, 0, 1], [0, 1, 1]))
    assert store.record_correct(claim, 3, first)
    store.release(claim)
    assert store.correct_bits([claim.run_id]) == {claim.run_id: (3, first)}
    again = store.claim(Taker("worker", "v1"), 60, claim.run_id)
    assert again is not None
    assert store.correct_bits([claim.run_id]) == {}
    assert store.record_correct(again, 3, second)
    assert not store.record_correct(claim, 3, first)
    assert store.correct_bits([claim.run_id]) == {claim.run_id: (3, second)}
