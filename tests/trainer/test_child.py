"""The child reports a run in the metrics of its task, and nothing that the task does not declare."""

import errno
import hashlib
import math
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from evenkeel.plugins import EpochEnd, Finished, Outcome, StepEnd, Training
from evenkeel.statistics.noise import unpack_bits
from models.task import CLASSIFICATION, METRICS, Classification
from trainer import child, running
from trainer.arithmetic import arithmetic_of
from trainer.child import obey
from trainer.pipe import Pipe
from trainer.protocol import (
    Alive,
    Began,
    Broken,
    Checkpointed,
    Correct,
    Dataset,
    Ended,
    EpochMeasured,
    Event,
    Failed,
    Ready,
    SlotOptions,
    Stop,
    Stopped,
    TrainRun,
    decode_event,
    decode_order,
    encode,
)
from trainer.trainers import TRAINERS

NAMES = [metric.name for metric in METRICS]
LEVELS = {"arch": "yolo", "norm": "none", "init": "he", "image_size": 16, "width": 0.125, "epochs": 5}
OPTIONS = SlotOptions("cpu", 2, 600.0, os.environ["EVENKEEL_DATASETS_DIR"], diagnose=True, loader_workers=0)
Train = Callable[..., list[Event]]
ENDED = Finished(Outcome.CONVERGED, None, np.array([True, False, True]))


@dataclass
class Scripted(Training):
    """A training that yields what a test gives it. Its state is the number of its yields."""

    results: Sequence[EpochEnd | StepEnd | Finished | Exception]
    dataset_hash: str = "0123456789abcdef"
    yields: int = 0

    def __iter__(self) -> Iterator[EpochEnd | StepEnd | Finished]:
        for result in self.results[self.yields :]:
            self.yields += 1
            if isinstance(result, Exception):
                raise result
            yield result

    def state_dict(self) -> dict[str, Any]:
        return {"yields": self.yields}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.yields = state["yields"]


def say(*lines: str, options: SlotOptions = OPTIONS) -> list[Event]:
    """The events that a child sends after an order. Further lines have arrived by the time that it obeys the order."""
    mine, theirs = socket.socketpair()
    pipe = Pipe(theirs.detach())
    mine.sendall("".join(f"{line}\n" for line in lines).encode())
    mine.shutdown(socket.SHUT_WR)
    ordered = pipe.receive()
    assert ordered is not None
    assert pipe.receive() is None
    obey(ordered, pipe, options)
    pipe.close()
    with mine, mine.makefile("rb") as events:
        return [decode_event(event) for event in events]


def start(options: SlotOptions = OPTIONS) -> list[Event]:
    """The events of a child that gets no order."""
    mine, theirs = socket.socketpair()
    mine.shutdown(socket.SHUT_WR)
    child.main(theirs.detach(), options)
    with mine, mine.makefile("rb") as lines:
        return [decode_event(event) for event in lines]


def order(folder: str = "/nowhere/attempt-1", **levels: Any) -> str:
    return encode(TrainRun("classification", LEVELS | levels, 3, folder, recorded=0, threads=1, arithmetic=""))


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[Event]]:
    """Trains something scripted, and returns the events."""

    def train(training: Scripted, *more: str, options: SlotOptions = OPTIONS) -> list[Event]:
        monkeypatch.setattr(running, "load_trainer", lambda task, announced: lambda parameters, seed, options: training)
        return say(order(str(tmp_path / "attempt-1")), *more, options=options)

    return train


def epoch(number: int, **values: float | None) -> EpochEnd:
    return EpochEnd(number, {"train_loss": 1.0} | values, 0.5)


def test_every_declared_metric_is_sent_and_what_is_not_known_is_null(train: Train) -> None:
    measured = epoch(1, train_accuracy=0.5, val_loss=math.inf, grad_norm_max=math.nan, loss_jump=None)
    events = train(Scripted([measured, ENDED]))
    [sent] = [event for event in events if isinstance(event, EpochMeasured)]
    assert list(sent.values) == NAMES
    assert sent.values == dict.fromkeys(NAMES) | {"train_loss": 1.0, "train_accuracy": 0.5}
    assert (sent.epoch, sent.seconds) == (1, 0.5)


def test_numpy_and_whole_numbers_are_sent_as_the_floats_that_they_are(train: Train) -> None:
    value: Any = np.float32(0.25)
    events = train(Scripted([epoch(1, val_loss=value, dead_units=1), ENDED]))
    [sent] = [event for event in events if isinstance(event, EpochMeasured)]
    assert (sent.values["val_loss"], sent.values["dead_units"]) == (0.25, 1.0)


def test_a_name_that_the_task_does_not_declare_fails_the_run_and_is_named(train: Train) -> None:
    *_, last = train(Scripted([epoch(1), epoch(2, top5=0.9, f1=0.5), ENDED]))
    assert last == Failed(
        "TrainingError: epoch 2 measured 'top5', 'f1', which the task 'classification' does not declare; "
        f"it declares: {', '.join(NAMES)}",
        "error",
    )


FIVE = [result for number in range(1, 6) for result in (StepEnd(number - 1, 1), StepEnd(number - 1, 2), epoch(number))]


def places(events: list[Event]) -> list[tuple[int, int]]:
    """Where checkpoints were written. Each has the sha256 that was told, and is where it was told."""
    found = []
    for event in events:
        if isinstance(event, Checkpointed):
            found.append((event.epoch, event.step))
            path = Path(event.path)
            if path.exists():  # Only the last two are kept.
                assert hashlib.sha256(path.read_bytes()).hexdigest() == event.sha256
    return found


def test_a_checkpoint_is_written_every_so_many_epochs_and_at_the_last(train: Train) -> None:
    assert places(train(Scripted([*FIVE, ENDED]))) == [(2, 0), (4, 0), (5, 0)]


def test_a_training_that_waits_at_a_place_is_saved_there_once(train: Train) -> None:
    waits = [StepEnd(2, 0)] * 3
    assert places(train(Scripted([epoch(1), epoch(2), *waits, epoch(3), ENDED]))) == [(2, 0)]


def test_a_training_that_waits_for_its_first_epoch_can_be_stopped_and_leaves_no_checkpoint(train: Train) -> None:
    events = train(Scripted([StepEnd(0, 0), epoch(1), ENDED]), encode(Stop()))
    assert events[-1] == Stopped(0, 0)
    assert places(events) == []


def test_a_checkpoint_is_also_written_within_an_epoch_if_the_last_is_too_old(train: Train) -> None:
    every = replace(OPTIONS, checkpoint_seconds=0.0)
    events = train(Scripted([*FIVE[:3], ENDED]), options=every)
    assert places(events) == [(0, 1), (0, 2), (1, 0)]


def test_a_run_that_is_told_to_stop_does_so_where_it_can_be_saved(train: Train, tmp_path: Path) -> None:
    training = Scripted([*FIVE, ENDED])
    events = train(training, encode(Stop()))
    assert events[-1] == Stopped(0, 1)
    assert places(events) == [(0, 1)]
    assert training.yields == 1
    again = train(Scripted([*FIVE, ENDED]))
    assert isinstance(again[0], Began)
    assert (again[0].epoch, again[0].step) == (0, 1)
    assert isinstance(again[-1], Ended)


def test_a_task_whose_epochs_cannot_be_cut_stops_at_the_end_of_one(train: Train) -> None:
    events = train(Scripted([epoch(1), epoch(2), epoch(3), ENDED]), encode(Stop()))
    assert [type(event) for event in events] == [Began, Dataset, EpochMeasured, Checkpointed, Stopped]
    assert events[-1] == Stopped(1, 0)


def test_epochs_that_only_the_checkpoint_knows_are_told_again_and_not_trained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The supervisor may have died before it recorded them."""
    trainings = [Scripted([*FIVE, ENDED]), Scripted([*FIVE, ENDED])]
    monkeypatch.setattr(
        running, "load_trainer", lambda task, announced: lambda parameters, seed, options: trainings.pop(0)
    )
    folder, every = str(tmp_path / "attempt-1"), replace(OPTIONS, checkpoint_every=3)
    first = say(order(folder), options=every)
    for path in tmp_path.glob("attempt-1/epoch-0005*"):
        path.unlink()
    again = replace(decode_order(order(folder)), folder=str(tmp_path / "attempt-2"), recorded=1)
    told = [event.epoch for event in say(encode(again), options=every) if isinstance(event, EpochMeasured)]
    assert [event.epoch for event in first if isinstance(event, EpochMeasured)] == [1, 2, 3, 4, 5]
    assert told == [2, 3, 4, 5]


def test_a_training_that_yields_says_that_it_is_alive_if_it_has_nothing_else_to_say(train: Train) -> None:
    steps = [StepEnd(0, 1), StepEnd(0, 2), epoch(1), ENDED]
    told = train(Scripted(steps), options=replace(OPTIONS, alive_seconds=0.0, checkpoint_every=9))
    assert [type(event) for event in told[2:-2]] == [Alive, Alive, EpochMeasured, Alive]
    assert Alive() not in train(Scripted(steps))


def test_a_run_that_is_done_before_its_last_epoch_writes_a_checkpoint_there(train: Train) -> None:
    class Done(Scripted):
        @property
        def done(self) -> bool:
            return self.yields == 3

    assert places(train(Done([epoch(1), epoch(2), epoch(3), ENDED]))) == [(2, 0), (3, 0)]


def test_a_run_that_ends_before_it_can_stop_has_ended(train: Train) -> None:
    assert isinstance(train(Scripted([ENDED]), encode(Stop()))[-1], Ended)


def test_events_come_in_the_order_in_which_they_are_recorded(train: Train) -> None:
    events = train(Scripted([epoch(1), epoch(2), ENDED]))
    kinds = [Began, Dataset, EpochMeasured, EpochMeasured, Checkpointed, Correct, Ended]
    assert [type(event) for event in events] == kinds
    assert events[0] == Began(0, 0, "", exact=True, arithmetic=arithmetic_of(torch.device("cpu"), 1))
    correct, ended = events[-2:]
    assert isinstance(correct, Correct)
    assert unpack_bits(correct.bits, correct.num_examples).tolist() == [True, False, True]
    assert ended == Ended(Outcome.CONVERGED, None)


def test_a_run_without_a_dataset_or_examples_tells_of_none(train: Train) -> None:
    events = train(Scripted([Finished(Outcome.DIVERGED, 1)], dataset_hash=""))
    assert events[1:] == [Ended(Outcome.DIVERGED, 1)]


def test_what_a_training_raises_is_told_and_the_next_order_is_taken(train: Train) -> None:
    *_, last = train(Scripted([epoch(1), RuntimeError("no good " * 1000)]))
    assert isinstance(last, Failed)
    assert last.error.startswith("RuntimeError: no good")
    assert (len(last.error), last.reason) == (2000, "error")
    assert train(Scripted([ENDED]))[-1] == Ended(Outcome.CONVERGED, None)


def test_a_training_that_stops_without_a_word_has_failed(train: Train) -> None:
    *_, last = train(Scripted([epoch(1)]))
    assert last == Failed("TrainingError: the training of 'classification' ended without a Finished", "error")


def test_a_full_disk_is_told_as_such(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    *_, last = train(Scripted([epoch(1), epoch(2), ENDED]))
    assert last == Failed("OSError: [Errno 28] No space left on device", "disk_full")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('{"type": "dance"}', "ProtocolError: unknown order 'dance'; known: train, stop"),
        (encode(TrainRun("chess", {}, 0, "", 0, 1, "")), "UnreadableCell: task: 'chess' is not a task here; known: "),
        (order(depth=3), "UnreadableCell: depth: is not a factor here; known: arch"),
        (order(precision="tf32"), "RuntimeError: precision 'tf32' needs an NVIDIA GPU"),
    ],
)
def test_an_order_that_cannot_be_followed_fails_the_run_with_the_reason(line: str, error: str) -> None:
    *_, last = say(line)
    assert isinstance(last, Failed)
    assert last.error.startswith(error)


@pytest.mark.slow
def test_the_built_in_task_trains_from_its_order_alone(tmp_path: Path) -> None:
    folder = tmp_path / "attempt-1"
    began, dataset, *epochs, checkpoint, correct, ended = say(order(str(folder), arch="resnet", epochs=1))
    assert isinstance(began, Began)
    assert isinstance(dataset, Dataset)
    assert len(dataset.hash) == 16
    [measured] = epochs
    assert isinstance(measured, EpochMeasured)
    assert list(measured.values) == [metric.name for metric in CLASSIFICATION.metrics]
    assert None not in measured.values.values()
    assert isinstance(checkpoint, Checkpointed)
    assert Path(checkpoint.path) == folder / "epoch-0001.pt"
    assert Path(checkpoint.path).exists()
    assert isinstance(correct, Correct)
    assert unpack_bits(correct.bits, 360).mean() == measured.values["val_accuracy"]
    assert isinstance(ended, Ended)


@pytest.mark.slow
def test_a_run_that_cannot_be_prepared_has_told_what_it_would_have_learned_from() -> None:
    parameters = Classification.model_validate(LEVELS | {"precision": "tf32"})
    began, dataset, failed = say(order(precision=parameters.precision))
    assert isinstance(began, Began)
    assert isinstance(dataset, Dataset)
    assert isinstance(failed, Failed)


def test_a_device_that_is_not_there_is_told_at_once() -> None:
    [failed] = say(order(), options=replace(OPTIONS, device=f"cuda:{torch.cuda.device_count()}"))
    assert isinstance(failed, Failed)
    assert "but torch sees" in failed.error


def test_a_stop_reaches_the_run_that_it_was_sent_for_and_no_other() -> None:
    mine, theirs = socket.socketpair()
    pipe = Pipe(theirs.detach())
    mine.sendall("".join(f"{line}\n" for line in (encode(Stop()), order(), encode(Stop()), order())).encode())
    mine.shutdown(socket.SHUT_WR)
    first, second, end = pipe.receive(), pipe.receive(), pipe.receive()
    assert first is not None
    assert second is not None
    assert (first.stop.is_set(), second.stop.is_set(), end) == (True, False, None)
    pipe.close()
    mine.close()


def test_a_child_whose_trainers_are_there_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "watch_parent", lambda parent: None)
    assert start() == [Ready("cpu")]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("nowhere:start", "ModuleNotFoundError: No module named 'nowhere'"),
        ("trainer.classification.run:begin", "module 'trainer.classification.run' has no attribute 'begin'"),
    ],
)
def test_a_trainer_that_cannot_be_loaded_ends_the_child_with_its_name(
    path: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "watch_parent", lambda parent: None)
    monkeypatch.setitem(TRAINERS, "classification", path)
    [broken] = start()
    assert isinstance(broken, Broken)
    assert broken.error.startswith("the code that trains the task 'classification' cannot be loaded: ")
    assert problem in broken.error
