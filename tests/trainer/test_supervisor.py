"""What a supervisor records, what it insists on, and what it leaves alone."""

import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenkeel.grids.cell import Cell, make_cell
from evenkeel.grids.sharing import Device
from evenkeel.lab.store import Store, StoreAway
from evenkeel.plugins import Outcome
from evenkeel.records.status import Status
from evenkeel.settings import Settings
from evenkeel.statistics.noise import pack_bits
from models.task import CLASSIFICATION
from trainer.protocol import (
    Checkpointed,
    Correct,
    Dataset,
    Ended,
    EpochMeasured,
    Event,
    Failed,
    Order,
    Ready,
    TrainRun,
    encode,
)
from trainer.slot import ChildDied, Slot
from trainer.supervisor import Supervisor

LEVELS = {"arch": "yolo", "norm": "none", "init": "he"}
EPOCH = EpochMeasured(1, {"train_loss": 2.5, "val_accuracy": 0.25, "loss_jump": None}, 1.5)
CORRECT = np.array([True, False, True, True, False, False, False, False, True])


class ScriptedSlot(Slot):
    """A slot that is ready without a child. It sends `events` and then nothing, or dies."""

    def __init__(self, settings: Settings, events: list[Event]) -> None:
        super().__init__(settings, "cpu")
        self.events, self.orders, self.kills = events, list[Order](), 0

    def start(self) -> None:
        pass

    def send(self, order: Order) -> None:
        encode(order)
        self.orders.append(order)

    def receive(self, timeout_seconds: float) -> Event | None:
        if not self.events:
            raise ChildDied("the training process was killed by SIGKILL")
        return self.events.pop(0)

    def kill(self) -> None:
        self.kills += 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(datasets_dir=tmp_path / "sets", data_dir=tmp_path, worker_name="w", max_crashes=3)


def post(store: Store, **levels: object) -> str:
    [run_id] = store.grids.ensure("food", [make_cell(CLASSIFICATION, LEVELS | levels)], [7]).created
    return run_id


def supervise(store: Store, settings: Settings, *events: Event) -> tuple[bool, ScriptedSlot, Supervisor]:
    slot = ScriptedSlot(settings, list(events))
    supervisor = Supervisor(store, settings, "version", threading.Event())
    return supervisor.supervise(slot, Device.CPU), slot, supervisor


def test_a_run_whose_dataset_is_not_on_this_machine_stays_queued_for_a_worker_that_has_it(
    store: Store, settings: Settings
) -> None:
    run_id = post(store, dataset="food101", image_size=128)
    claimed, slot, _ = supervise(store, settings)
    assert not claimed
    assert slot.orders == []
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.attempt) == (Status.QUEUED, 0)


def test_a_run_of_a_task_that_is_not_trained_here_stays_queued(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = post(store)
    monkeypatch.setattr("trainer.trainers.TRAINERS", {})
    assert not supervise(store, settings)[0]
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.attempt) == (Status.QUEUED, 0)


def test_the_order_says_what_is_to_be_trained_and_nothing_that_is_a_default(store: Store, settings: Settings) -> None:
    run_id = post(store, lr=0.01, epochs=50)
    _, slot, _ = supervise(store, settings, Failed("never mind"))
    folder = settings.data_dir / "checkpoints" / run_id / "attempt-1"
    assert slot.orders == [TrainRun("classification", LEVELS | {"lr": 0.01}, 7, str(folder))]


def test_everything_that_the_child_says_is_recorded(store: Store, settings: Settings) -> None:
    run_id = post(store)
    claimed, slot, supervisor = supervise(
        store,
        settings,
        Dataset("0123456789abcdef"),
        EPOCH,
        Checkpointed(1, "/data/epoch-0001.pt", "f" * 64),
        Correct(9, pack_bits(CORRECT)),
        Ended(Outcome.COLLAPSED, None),
    )
    assert (claimed, slot.kills) == (True, 0)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.outcome, run.diverged_epoch) == (Status.FINISHED, Outcome.COLLAPSED, None)
    assert (run.dataset_hash, run.num_epochs, run.code_version) == ("0123456789abcdef", 1, "version")
    checkpoint = (run.checkpoint_epoch, run.checkpoint_path, run.checkpoint_sha256)
    assert checkpoint == (1, "/data/epoch-0001.pt", "f" * 64)
    assert store.curves.correct_bits([run_id]) == {run_id: (9, pack_bits(CORRECT))}
    [seed_run] = store.curves.seed_runs([run.cell_id])
    assert seed_run.curves["train_loss"].tolist() == [2.5]
    assert seed_run.curves["val_accuracy"].tolist() == [0.25]
    assert (supervisor.meter.epochs, supervisor.meter.seconds) == (1, 1.5)


def test_a_run_that_diverged_is_finished_with_its_epoch(store: Store, settings: Settings) -> None:
    run_id = post(store)
    supervise(store, settings, EPOCH, Ended(Outcome.DIVERGED, 2))
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.outcome, run.diverged_epoch) == (Status.FINISHED, Outcome.DIVERGED, 2)


def test_a_run_that_could_not_be_trained_has_failed_and_its_child_lives_on(store: Store, settings: Settings) -> None:
    run_id = post(store)
    _, slot, _ = supervise(store, settings, Failed("ValueError: no"))
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.error, slot.kills) == (Status.FAILED, "ValueError: no", 0)


def test_a_run_whose_order_cannot_be_sent_has_failed_with_the_reason(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = post(store)
    monkeypatch.setattr(Cell, "stored_levels", {"lr": math.nan})
    claimed, slot, _ = supervise(store, settings)
    run = store.runs.find(run_id)
    assert run is not None
    assert (claimed, run.status, slot.orders, slot.kills) == (True, Status.FAILED, [], 0)
    assert run.error is not None
    assert run.error.startswith("train cannot be sent: ")


def test_a_child_that_dies_costs_an_attempt_and_the_run_is_queued_again(store: Store, settings: Settings) -> None:
    run_id = post(store)
    _, slot, _ = supervise(store, settings, EPOCH)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.crashes) == (Status.QUEUED, 1)
    assert slot.kills == 1


def test_an_event_that_has_no_place_in_a_run_ends_the_child(store: Store, settings: Settings) -> None:
    run_id = post(store)
    _, slot, _ = supervise(store, settings, Ready("cpu"), EPOCH)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.crashes, run.num_epochs) == (Status.QUEUED, 1, 0)
    assert run.error == "the training process sent Ready in the middle of a run"
    assert slot.kills == 1


def test_a_store_that_is_away_for_a_while_costs_nothing(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = post(store)
    append, away = store.claims.append_epoch, [StoreAway("no answer")] * 2

    def append_later(*arguments: Any) -> bool:
        if away:
            raise away.pop()
        return append(*arguments)

    monkeypatch.setattr(store.claims, "append_epoch", append_later)
    monkeypatch.setattr("trainer.supervisor.STORE_PAUSE_SECONDS", 0.0)
    supervise(store, settings, EPOCH, Ended(Outcome.COLLAPSED, None))
    run = store.runs.find(run_id)
    assert run is not None
    assert (away, run.status, run.num_epochs) == ([], Status.FINISHED, 1)


def test_a_claim_that_was_lost_ends_the_child(store: Store, settings: Settings) -> None:
    run_id = post(store)
    slot = ScriptedSlot(settings, [EPOCH])

    def lose(order: Order) -> None:
        with store.database.write() as db:
            from evenkeel.lab.store.schema import runs

            db.execute(runs.update().where(runs.c.id == run_id).values(attempt=5))

    slot.send = lose  # type: ignore[method-assign]
    assert Supervisor(store, settings, "version", threading.Event()).supervise(slot, Device.CPU)
    assert slot.kills == 1
    assert store.runs.epochs([run_id]) == {run_id: []}
