"""The child reports a run in the metrics of its task, and nothing that the task does not declare."""

import math
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from evenkeel.plugins import EpochEnd, Finished, Outcome
from evenkeel.statistics.noise import unpack_bits
from models.task import CLASSIFICATION, METRICS
from trainer import child
from trainer.child import Pipe, obey
from trainer.protocol import (
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
    TrainRun,
    decode_event,
    encode,
)
from trainer.trainers import TRAINERS

NAMES = [metric.name for metric in METRICS]
LEVELS = {"arch": "yolo", "norm": "none", "init": "he", "image_size": 16, "width": 0.125, "epochs": 5}
OPTIONS = SlotOptions("cpu", 1, 2, os.environ["EVENKEEL_DATASETS_DIR"], diagnose=True, loader_workers=0)
ENDED = Finished(Outcome.CONVERGED, None, np.array([True, False, True]))


@dataclass
class Scripted:
    """A training that yields what a test gives it."""

    results: Sequence[EpochEnd | Finished | Exception]
    dataset_hash: str = "0123456789abcdef"
    saved: list[Path] = field(default_factory=list)

    def __iter__(self) -> Iterator[EpochEnd | Finished]:
        for result in self.results:
            if isinstance(result, Exception):
                raise result
            yield result

    def save(self, folder: Path) -> tuple[Path, str]:
        self.saved.append(folder)
        return folder / "checkpoint", "f" * 64


def say(line: str, options: SlotOptions = OPTIONS) -> list[Event]:
    """The events that a child sends after an order."""
    mine, theirs = socket.socketpair()
    pipe = Pipe(theirs.detach())
    obey(line, pipe, options)
    pipe._file.close()
    with mine, mine.makefile("rb") as lines:
        return [decode_event(event) for event in lines]


def start(options: SlotOptions = OPTIONS) -> list[Event]:
    """The events of a child that gets no order."""
    mine, theirs = socket.socketpair()
    mine.shutdown(socket.SHUT_WR)
    child.main(theirs.detach(), options)
    with mine, mine.makefile("rb") as lines:
        return [decode_event(event) for event in lines]


def order(folder: str = "/data/x", **levels: Any) -> str:
    return encode(TrainRun("classification", LEVELS | levels, 3, folder))


def train(monkeypatch: pytest.MonkeyPatch, training: Scripted) -> list[Event]:
    monkeypatch.setattr(child, "load_trainer", lambda task: lambda parameters, seed, options: training)
    return say(order())


def epoch(number: int, **values: float | None) -> EpochEnd:
    return EpochEnd(number, {"train_loss": 1.0} | values, 0.5)


def test_every_declared_metric_is_sent_and_what_is_not_known_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = epoch(1, train_accuracy=0.5, val_loss=math.inf, grad_norm_max=math.nan, loss_jump=None)
    events = train(monkeypatch, Scripted([measured, ENDED]))
    [sent] = [event for event in events if isinstance(event, EpochMeasured)]
    assert list(sent.values) == NAMES
    assert sent.values == dict.fromkeys(NAMES) | {"train_loss": 1.0, "train_accuracy": 0.5}
    assert (sent.epoch, sent.seconds) == (1, 0.5)


def test_numpy_and_whole_numbers_are_sent_as_the_floats_that_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    value: Any = np.float32(0.25)
    events = train(monkeypatch, Scripted([epoch(1, val_loss=value, dead_units=1), ENDED]))
    [sent] = [event for event in events if isinstance(event, EpochMeasured)]
    assert (sent.values["val_loss"], sent.values["dead_units"]) == (0.25, 1.0)


def test_a_name_that_the_task_does_not_declare_fails_the_run_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    *_, last = train(monkeypatch, Scripted([epoch(1), epoch(2, top5=0.9, f1=0.5), ENDED]))
    assert last == Failed(
        "TrainingError: epoch 2 measured 'top5', 'f1', which the task 'classification' does not declare; "
        f"it declares: {', '.join(NAMES)}"
    )


def test_a_checkpoint_is_written_every_so_many_epochs_and_at_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    training = Scripted([*(epoch(number) for number in range(1, 6)), ENDED])
    events = train(monkeypatch, training)
    assert [event.epoch for event in events if isinstance(event, Checkpointed)] == [2, 4, 5]
    assert training.saved == [Path("/data/x")] * 3
    assert Checkpointed(4, "/data/x/checkpoint", "f" * 64) in events


def test_events_come_in_the_order_in_which_they_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    events = train(monkeypatch, Scripted([epoch(1), epoch(2), ENDED]))
    assert [type(event) for event in events] == [Dataset, EpochMeasured, EpochMeasured, Checkpointed, Correct, Ended]
    correct, ended = events[-2:]
    assert isinstance(correct, Correct)
    assert unpack_bits(correct.bits, correct.num_examples).tolist() == [True, False, True]
    assert ended == Ended(Outcome.CONVERGED, None)


def test_a_run_without_a_dataset_or_examples_tells_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    events = train(monkeypatch, Scripted([Finished(Outcome.DIVERGED, 1)], dataset_hash=""))
    assert events == [Ended(Outcome.DIVERGED, 1)]


def test_what_a_training_raises_is_told_and_the_next_order_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    *_, last = train(monkeypatch, Scripted([epoch(1), RuntimeError("out of memory " * 1000)]))
    assert isinstance(last, Failed)
    assert last.error.startswith("RuntimeError: out of memory")
    assert len(last.error) == 2000
    assert train(monkeypatch, Scripted([ENDED]))[-1] == Ended(Outcome.CONVERGED, None)


def test_a_training_that_stops_without_a_word_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    *_, last = train(monkeypatch, Scripted([epoch(1)]))
    assert last == Failed("TrainingError: the training of 'classification' ended without a Finished")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('{"type": "dance"}', "ProtocolError: unknown order 'dance'; known: train"),
        (encode(TrainRun("chess", {}, 0, "")), "UnreadableCell: task: 'chess' is not a task here; known: "),
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
    dataset, *epochs, checkpoint, correct, ended = say(order(str(tmp_path), arch="resnet", epochs=1))
    assert isinstance(dataset, Dataset)
    assert len(dataset.hash) == 16
    [measured] = epochs
    assert isinstance(measured, EpochMeasured)
    assert list(measured.values) == [metric.name for metric in CLASSIFICATION.metrics]
    assert None not in measured.values.values()
    assert isinstance(checkpoint, Checkpointed)
    assert Path(checkpoint.path) == tmp_path / "epoch-0001.pt"
    assert Path(checkpoint.path).exists()
    assert isinstance(correct, Correct)
    assert unpack_bits(correct.bits, 360).mean() == measured.values["val_accuracy"]
    assert isinstance(ended, Ended)


def test_a_run_that_cannot_be_prepared_has_told_what_it_would_have_learned_from() -> None:
    dataset, failed = say(order(), replace(OPTIONS, device=f"cuda:{torch.cuda.device_count()}"))
    assert isinstance(dataset, Dataset)
    assert isinstance(failed, Failed)
    assert "but torch sees" in failed.error


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
