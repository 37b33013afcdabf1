"""What a supervisor records, what it insists on, and what it leaves alone."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evenkeel.grids.cell import Cell, make_cell
from evenkeel.grids.sharing import Device
from evenkeel.plugins import Outcome
from evenkeel.records.leases import hash_arithmetic
from evenkeel.records.status import Status
from evenkeel.schema import runs
from evenkeel.settings import Settings
from evenkeel.statistics.noise import pack_bits
from evenkeel.store import Store, StoreAway
from models.task import CLASSIFICATION
from trainer.protocol import (
    Began,
    Checkpointed,
    Correct,
    Dataset,
    Ended,
    EpochMeasured,
    Event,
    Failed,
    Order,
    Ready,
    Stop,
    Stopped,
    TrainRun,
    encode,
)
from trainer.slot import ChildDied, Slot
from trainer.supervisor import Supervisor
from trainer.tracking import MlflowAway

LEVELS = {"arch": "yolo", "norm": "none", "init": "he"}
ARITHMETIC = {"torch": "2.15.0", "device": "cpu", "driver": "", "cpu_capability": "AVX2", "threads": "1"}
BEGAN = Began(0, 0, "", exact=True, arithmetic=ARITHMETIC)
EPOCH = EpochMeasured(1, {"train_loss": 2.5, "val_accuracy": 0.25, "loss_jump": None}, 1.5)
CORRECT = np.array([True, False, True, True, False, False, False, False, True])


class ScriptedSlot(Slot):
    """A slot that is ready without a child. It sends `events`, and then it dies.

    None in `events` is a moment without an event. After a Stop it sends the events of `when_stopped`.
    """

    when_stopped: Sequence[Event | None] | None = None

    def __init__(self, settings: Settings, events: list[Event | None]) -> None:
        super().__init__(settings, "cpu")
        self.events, self.orders, self.kills = events, list[Order](), 0

    def start(self) -> None:
        pass

    def send(self, order: Order) -> None:
        encode(order)
        self.orders.append(order)
        if isinstance(order, Stop) and self.when_stopped is not None:
            self.events = list(self.when_stopped)

    def receive(self, timeout_seconds: float) -> Event | None:
        if not self.events:
            raise ChildDied("the training process was killed by SIGKILL")
        return self.events.pop(0)

    def kill(self) -> None:
        self.kills += 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(datasets_dir=tmp_path / "sets", data_dir=tmp_path, worker_name="w", max_crashes=3)


def room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free))


def post(store: Store, **levels: object) -> str:
    [run_id] = store.grids.ensure("food", [make_cell(CLASSIFICATION, LEVELS | levels)], [7]).created
    return run_id


def supervise(store: Store, settings: Settings, *events: Event | None) -> tuple[bool, ScriptedSlot, Supervisor]:
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
    _, slot, _ = supervise(store, settings, Failed("never mind", "error"))
    folder = settings.data_dir / "checkpoints" / run_id / "attempt-1"
    assert slot.orders == [TrainRun("classification", LEVELS | {"lr": 0.01}, 7, str(folder), 0, 1, "")]


def test_the_next_attempt_is_told_what_is_recorded_and_with_which_arithmetic(store: Store, settings: Settings) -> None:
    run_id = post(store)
    supervise(store, settings, BEGAN, EPOCH)
    _, slot, _ = supervise(store, settings, Failed("never mind", "error"))
    folder = settings.data_dir / "checkpoints" / run_id / "attempt-2"
    [order] = slot.orders
    assert order == TrainRun("classification", LEVELS, 7, str(folder), 1, 1, hash_arithmetic(ARITHMETIC))


def test_everything_that_the_child_says_is_recorded(store: Store, settings: Settings) -> None:
    run_id = post(store)
    claimed, slot, supervisor = supervise(
        store,
        settings,
        BEGAN,
        Dataset("0123456789abcdef"),
        EPOCH,
        Checkpointed(1, 0, "/data/epoch-0001.pt", "f" * 64),
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
    assert run.arithmetic == hash_arithmetic(ARITHMETIC)
    assert (supervisor.meter.epochs, supervisor.meter.seconds) == (1, 1.5)


def test_an_epoch_that_only_the_checkpoint_knew_is_recorded_but_does_not_count_as_trained_again(
    store: Store, settings: Settings
) -> None:
    run_id = post(store)
    began = replace(BEGAN, epoch=1, step=3, says="attempt-1/epoch-0002.pt: it is damaged: goes on from ...")
    _, _, supervisor = supervise(store, settings, began, EPOCH, replace(EPOCH, epoch=2), Ended(Outcome.COLLAPSED, None))
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.num_epochs) == (Status.FINISHED, 2)
    assert supervisor.meter.epochs == 1


def test_a_run_that_diverged_is_finished_with_its_epoch(store: Store, settings: Settings) -> None:
    run_id = post(store)
    supervise(store, settings, EPOCH, Ended(Outcome.DIVERGED, 2))
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.outcome, run.diverged_epoch) == (Status.FINISHED, Outcome.DIVERGED, 2)


def test_a_run_that_could_not_be_trained_has_failed_and_its_child_lives_on(store: Store, settings: Settings) -> None:
    run_id = post(store)
    _, slot, _ = supervise(store, settings, Failed("ValueError: no", "error"))
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.error, slot.kills) == (Status.FAILED, "ValueError: no", 0)


def test_after_a_gpu_ran_out_of_memory_the_run_is_tried_once_more_in_a_fresh_child(
    store: Store, settings: Settings
) -> None:
    run_id, failed = post(store), Failed("OutOfMemoryError: CUDA out of memory", "out_of_memory")
    for status in (Status.QUEUED, Status.FAILED):
        _, slot, _ = supervise(store, settings, BEGAN, failed)
        run = store.runs.find(run_id)
        assert run is not None
        assert (run.status, slot.kills) == (status, 1)
    assert run.error is not None
    assert run.error.startswith("out of memory: OutOfMemoryError: CUDA out of memory; use a smaller batch")


def test_a_slot_whose_disk_is_full_says_so_and_waits_for_room(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = post(store)
    room(monkeypatch, 10_000_000)
    _, slot, _ = supervise(store, settings, BEGAN, Failed("OSError: No space left on device", "disk_full"))
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.crashes, slot.kills) == (Status.QUEUED, 0, 0)
    with pytest.raises(ChildDied, match=r"the disk of .* is full, with 10 MB free.* once 21 MB are free"):
        slot.check_room()
    room(monkeypatch, 30_000_000)
    slot.check_room()
    room(monkeypatch, 1_000)
    slot.check_room()


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
    _, slot, _ = supervise(store, settings, BEGAN, EPOCH)
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
    monkeypatch.setattr("trainer.recording.STORE_PAUSE_SECONDS", 0.0)
    supervise(store, settings, EPOCH, Ended(Outcome.COLLAPSED, None))
    run = store.runs.find(run_id)
    assert run is not None
    assert (away, run.status, run.num_epochs) == ([], Status.FINISHED, 1)


def test_a_claim_that_was_lost_ends_the_child(store: Store, settings: Settings) -> None:
    run_id = post(store)
    slot = ScriptedSlot(settings, [EPOCH])

    def lose(order: Order) -> None:
        with store.database.write() as db:
            db.execute(runs.update().where(runs.c.id == run_id).values(attempt=5))

    slot.send = lose  # type: ignore[method-assign]
    assert Supervisor(store, settings, "version", threading.Event()).supervise(slot, Device.CPU)
    assert slot.kills == 1
    assert store.runs.epochs([run_id]) == {run_id: []}


def test_a_child_is_not_left_training_if_its_supervisor_fails(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(store)
    monkeypatch.setattr(store.claims, "append_epoch", lambda *_: 1 / 0)
    slot = ScriptedSlot(settings, [EPOCH, EPOCH])
    with pytest.raises(ZeroDivisionError):
        Supervisor(store, settings, "version", threading.Event()).supervise(slot, Device.CPU)
    assert slot.kills == 1


def change(store: Store, run_id: str, **values: object) -> None:
    with store.database.write() as db:
        db.execute(runs.update().where(runs.c.id == run_id).values(**values))


@pytest.fixture
def impatient(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Looks often."""
    monkeypatch.setattr("trainer.lease.LOOK_SECONDS", 0.001)
    return settings


class Asked(ScriptedSlot):
    """A slot without events until it is told to stop. At the first moment, `do` happens."""

    def __init__(self, settings: Settings, do: Callable[[], object], when_stopped: Sequence[Event | None]) -> None:
        super().__init__(settings, [])
        self.do, self.when_stopped = do, when_stopped

    def receive(self, timeout_seconds: float) -> Event | None:
        if not any(isinstance(order, Stop) for order in self.orders):
            self.do()
            time.sleep(0.001)
            return None
        return super().receive(timeout_seconds)


CHECKPOINT = Checkpointed(0, 9, "/data/epoch-0000-step-000009.pt", "f" * 64)


@pytest.mark.parametrize(
    ("asked", "status"), [("pause_requested", Status.PAUSED), ("cancel_requested", Status.CANCELLED)]
)
def test_a_run_that_is_to_pause_or_to_be_cancelled_stops_at_a_checkpoint(
    asked: str, status: Status, store: Store, impatient: Settings
) -> None:
    run_id = post(store)
    slot = Asked(impatient, lambda: change(store, run_id, **{asked: True}), [EPOCH, CHECKPOINT, Stopped(0, 9)])
    Supervisor(store, impatient, "version", threading.Event()).supervise(slot, Device.CPU)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.crashes, run.checkpoint_path) == (status, 0, CHECKPOINT.path)
    assert ([type(order) for order in slot.orders], slot.kills) == ([TrainRun, Stop], 0)


def test_a_worker_that_stops_gives_its_run_back_at_a_checkpoint(store: Store, impatient: Settings) -> None:
    run_id, stopping = post(store), threading.Event()
    slot = Asked(impatient, stopping.set, [CHECKPOINT, Stopped(0, 9)])
    Supervisor(store, impatient, "version", stopping).supervise(slot, Device.CPU)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.crashes, run.checkpoint_path) == (Status.QUEUED, 0, CHECKPOINT.path)
    assert (len(slot.orders), slot.kills) == (2, 0)


def test_a_run_that_takes_too_long_stops_at_a_checkpoint_and_has_failed(store: Store, impatient: Settings) -> None:
    run_id, limited = post(store), impatient.model_copy(update={"run_deadline_seconds": 0.01})
    slot = Asked(limited, lambda: time.sleep(0.01), [CHECKPOINT, Stopped(0, 9)])
    Supervisor(store, limited, "version", threading.Event()).supervise(slot, Device.CPU)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, slot.kills) == (Status.FAILED, 0)
    assert run.error == "the run took longer than EVENKEEL_RUN_DEADLINE_SECONDS=0.01"


def test_a_child_that_does_not_stop_in_time_is_ended_and_the_run_is_given_back(
    store: Store, impatient: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.supervisor.STOP_SECONDS", 0.0)
    run_id, stopping = post(store), threading.Event()
    slot = Asked(impatient, stopping.set, [None] * 1000)
    Supervisor(store, impatient, "version", stopping).supervise(slot, Device.CPU)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.crashes, slot.kills) == (Status.QUEUED, 0, 1)


def test_a_run_that_ends_before_it_can_stop_is_finished(store: Store, impatient: Settings) -> None:
    run_id, stopping = post(store), threading.Event()
    slot = Asked(impatient, stopping.set, [EPOCH, Ended(Outcome.COLLAPSED, None)])
    Supervisor(store, impatient, "version", stopping).supervise(slot, Device.CPU)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, slot.kills) == (Status.FINISHED, 0)


def test_a_claim_that_somebody_else_took_ends_the_child_though_it_says_nothing(
    store: Store, impatient: Settings
) -> None:
    run_id = post(store)
    slot = Asked(impatient, lambda: change(store, run_id, attempt=5), [])
    Supervisor(store, impatient, "version", threading.Event()).supervise(slot, Device.CPU)
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.attempt, slot.kills, len(slot.orders)) == (Status.RUNNING, 5, 1, 1)


def test_a_run_of_another_machine_gets_its_checkpoint_before_it_is_ordered(store: Store, settings: Settings) -> None:
    run_id = post(store)
    fetched: list[tuple[str, Path]] = []

    def fetch(run_id: str, folder: Path) -> bool:
        fetched.append((run_id, folder))
        raise MlflowAway("no answer")

    def attempt() -> None:
        supervisor = Supervisor(store, settings, "version", threading.Event(), fetch)
        supervisor.supervise(ScriptedSlot(settings, [BEGAN]), Device.CPU)

    attempt()
    assert fetched == []
    attempt()
    run_folder = settings.data_dir / "checkpoints" / run_id
    assert fetched == [(run_id, run_folder / "attempt-2")]
    attempt()
    assert len(fetched) == 2, "whether a newer one is here already is for fetch to say"
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.error) == (
        Status.FAILED,
        "the training process was killed by SIGKILL, 3 times without a new checkpoint in between",
    )
