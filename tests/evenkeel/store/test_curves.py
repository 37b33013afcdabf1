"""How the summary reads cells and curves, on SQLite and on Postgres."""

import numpy as np
import pytest
from pydantic import BaseModel
from records import TAKER, claim_run, finish_claim, finish_run, log_epochs, make_cell
from sqlalchemy import text

from evenkeel.claims.packing import pack, unpack
from evenkeel.grids.cell import Cell
from evenkeel.plugins import Metric, Outcome, Panels, Task
from evenkeel.records.status import Status
from evenkeel.statistics.noise import pack_bits
from evenkeel.store import Store
from models.task import CLASSIFICATION

CELL = make_cell()
# Every earlier version wrote them in this order.
PACKED = (
    *("train_accuracy", "val_accuracy", "train_loss", "val_loss"),
    *("grad_norm_mean", "grad_norm_max", "update_ratio", "loss_jump", "dead_units", "epoch_seconds"),
)


def ids(store: Store) -> list[int]:
    return [cell.id for cell in store.curves.find_cells(None, {}, CLASSIFICATION)]


def test_curves_come_back_as_they_were_packed() -> None:
    values = {name: np.random.default_rng(0).normal(size=4) for name in PACKED}
    values["dead_units"][2] = np.nan
    found = unpack(",".join(PACKED), pack(values))
    assert list(found) == list(PACKED)
    for name, curve in found.items():
        np.testing.assert_array_equal(curve, values[name])


def test_a_run_reads_the_same_while_it_trains_and_after_its_curves_were_packed(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    log_epochs(store, claim, [0.1, 0.5, 0.9])
    [training] = store.curves.seed_runs(ids(store))
    assert store.claims.finish(claim, Outcome.CONVERGED)
    [finished] = store.curves.seed_runs(ids(store))
    assert (training.status, finished.status) == (Status.RUNNING, Status.FINISHED)
    assert finished.outcome is Outcome.CONVERGED
    for name in PACKED:
        np.testing.assert_array_equal(training.curves[name], finished.curves[name])
    np.testing.assert_array_equal(finished.curves["train_accuracy"], [0.1, 0.5, 0.9])
    assert np.isnan(finished.curves["dead_units"]).all()


def test_a_run_that_diverged_before_its_first_epoch_has_no_curve(store: Store) -> None:
    finish_run(store, CELL, 0, [], Outcome.DIVERGED, 1)
    [run] = store.curves.seed_runs(ids(store))
    assert (run.outcome, run.diverged_epoch) == (Outcome.DIVERGED, 1)
    assert {name: len(curve) for name, curve in run.curves.items()} == {"epoch_seconds": 0}


def test_only_the_epochs_of_the_current_attempt_are_packed(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    log_epochs(store, claim, [0.2, 0.2])
    store.claims.release(claim)
    again = store.claims.take(TAKER, 60)
    assert again is not None
    log_epochs(store, again, [0.7])
    finish_claim(store, again, 1)
    [run] = store.curves.seed_runs(ids(store))
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
    store.grids.ensure("exp", [CELL, make_cell(lr=0.003), make_cell("resnet")], [0])
    assert len(store.curves.find_cells("exp", filters, CLASSIFICATION)) == found
    assert store.curves.find_cells("other", filters, CLASSIFICATION) == []


class Control(BaseModel):
    gain: float
    damped: bool = False


@pytest.mark.parametrize(
    ("filters", "found"),
    [({"damped": [True]}, [2.0]), ({"damped": [False]}, [1.0, 3.0]), ({"damped": [False], "gain": [3.0]}, [3.0])],
)
def test_levels_of_any_task_are_found_by_its_own_parameters(store: Store, filters: dict, found: list[float]) -> None:
    metrics = (Metric("reward", "higher", 0.0, "", "Of an episode."),)
    control = Task("control", 1, Control, metrics, "reward", Panels("gain", "damped", "gain"), num_epochs=lambda _: 3)
    wanted = [Control(gain=1), Control(gain=2, damped=True), Control(gain=3, damped=False)]
    store.grids.ensure("exp", [Cell(control, parameters) for parameters in wanted], [0])
    assert [cell.levels["gain"] for cell in store.curves.find_cells("exp", filters, control)] == found


def test_cells_of_another_task_are_found_with_it_or_with_none(store: Store) -> None:
    store.grids.ensure("exp", [CELL, make_cell(lr=0.003)], [0])
    with store.database.write() as db:
        db.execute(text("UPDATE cells SET task = 'control' WHERE hash = :hash"), {"hash": CELL.hash})
    [mine] = store.curves.find_cells("exp", {}, CLASSIFICATION)
    assert (mine.task, mine.hash) == ("classification", make_cell(lr=0.003).hash)
    assert [cell.task for cell in store.curves.find_cells("exp", {}, None)] == ["control", "classification"]
    assert len(store.curves.find_cells("exp", {"lr": [0.5]}, None)) == 2


def test_a_cell_older_than_a_factor_has_its_default(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0])
    levels = '{"arch": "yolo", "norm": "none", "init": "he", "epochs": 3}'
    with store.database.write() as db:
        db.execute(text("UPDATE cells SET levels = :levels"), {"levels": levels})
    assert len(store.curves.find_cells(None, {"label_noise": [0.0]}, CLASSIFICATION)) == 1
    assert len(store.curves.find_cells(None, {"precision": ["fp32"]}, CLASSIFICATION)) == 1
    assert store.curves.find_cells(None, {"label_noise": [0.5]}, CLASSIFICATION) == []


def test_a_stamp_changes_with_everything_that_happens_to_a_run(store: Store) -> None:
    seen = []

    def stamp() -> None:
        [found] = store.curves.cell_stamps(ids(store)).values()
        seen.append(found)

    claim = claim_run(store, CELL, 0)
    stamp()
    log_epochs(store, claim, [0.5])
    stamp()
    finish_claim(store, claim, 1)
    stamp()
    store.grids.ensure("exp", [CELL], [1])
    stamp()
    assert len(set(seen)) == 4


def test_right_examples_are_kept_of_the_current_attempt_alone(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    first, second = (pack_bits(np.array(bits, bool)) for bits in ([1, 0, 1], [0, 1, 1]))
    assert store.claims.record_correct(claim, 3, first)
    store.claims.release(claim)
    assert store.curves.correct_bits([claim.run_id]) == {claim.run_id: (3, first)}
    again = store.claims.take(TAKER, 60)
    assert again is not None
    assert store.curves.correct_bits([claim.run_id]) == {}
    assert store.claims.record_correct(again, 3, second)
    assert not store.claims.record_correct(claim, 3, first)
    assert store.curves.correct_bits([claim.run_id]) == {claim.run_id: (3, second)}
