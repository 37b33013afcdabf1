"""The last two checkpoints of a run are kept, and its best."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from evenkeel.plugins import EpochEnd, Finished, Training
from models.task import CLASSIFICATION
from trainer.checkpoint_files import Damaged, find_best, list_files, write_file
from trainer.checkpoints import Found, Identity, Keeper, read
from trainer.protocol import EpochMeasured

IDENTITY = Identity("classification", {"lr": 0.1}, 3, "0123456789abcdef", {"torch": "2.15"})


class Counting(Training):
    """A training whose state is a number."""

    dataset_hash = ""

    def __init__(self) -> None:
        self.count = 0

    def __iter__(self) -> Iterator[EpochEnd | Finished]:
        return iter(())

    def state_dict(self) -> dict[str, Any]:
        return {"count": torch.tensor(self.count)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.count = int(state["count"])


def keeper(run_folder: Path, attempt: int = 1, found: Found | None = None) -> Keeper:
    return Keeper(run_folder / f"attempt-{attempt}", CLASSIFICATION, IDENTITY, found)


def train(keeper: Keeper, *accuracies: float | None) -> None:
    """Saves after each epoch. `accuracies` are the validation accuracies of the next epochs."""
    training = Counting()
    for accuracy in accuracies:
        training.count = epoch = len(keeper.history) + 1
        keeper.history.append(EpochMeasured(epoch, {"train_loss": 1.0, "val_accuracy": accuracy}, 0.5))
        keeper.save(training, epoch, 0)


def names(run_folder: Path) -> list[str]:
    return [f"{file.path.parent.name}/{file.path.stem}" for file in list_files(run_folder)]


def test_a_checkpoint_holds_what_the_training_and_the_lab_know(tmp_path: Path) -> None:
    kept = keeper(tmp_path)
    train(kept, 0.5)
    training = Counting()
    training.count = 7
    checkpointed = kept.save(training, 1, 20)
    file = list_files(tmp_path)[0]
    found = read(file)
    assert (checkpointed.epoch, checkpointed.step, checkpointed.path) == (1, 20, str(file.path))
    assert (found.file, found.identity, found.history) == (file, IDENTITY, kept.history)
    assert list(found.state) == ["count"]
    assert found.state["count"] == 7


def test_the_last_two_and_the_best_are_kept(tmp_path: Path) -> None:
    train(keeper(tmp_path), 0.1, 0.6, 0.6, 0.4, None, 0.5)
    assert names(tmp_path) == ["attempt-1/epoch-0006", "attempt-1/epoch-0005", "attempt-1/epoch-0002"]
    assert find_best(tmp_path) == tmp_path / "attempt-1" / "epoch-0002.pt"


def test_one_within_an_epoch_counts_among_the_last_two_but_is_never_the_best(tmp_path: Path) -> None:
    kept = keeper(tmp_path)
    train(kept, 0.1, 0.2)
    for step in (10, 20, 30):
        kept.save(Counting(), 2, step)
    assert names(tmp_path) == [f"attempt-1/epoch-0002{step}" for step in ("-step-000030", "-step-000020", "")]
    assert find_best(tmp_path) == tmp_path / "attempt-1" / "epoch-0002.pt"


def test_an_attempt_that_goes_on_takes_over_the_best_and_removes_what_it_does_not_need(tmp_path: Path) -> None:
    train(keeper(tmp_path), 0.9, 0.1, 0.2, 0.3)
    content = (tmp_path / "attempt-1" / "epoch-0003.pt").read_bytes()
    write_file(tmp_path / "attempt-3" / "epoch-0003.pt", content)
    later = keeper(tmp_path, 2, read(list_files(tmp_path)[-2]))
    train(later, 0.4)
    assert names(tmp_path) == [
        f"attempt-{name}" for name in ("2/epoch-0004", "3/epoch-0003", "1/epoch-0003", "1/epoch-0001")
    ]
    train(later, 0.95, 0.5, 0.6)
    assert names(tmp_path) == [
        f"attempt-{name}" for name in ("2/epoch-0007", "2/epoch-0006", "2/epoch-0005", "3/epoch-0003")
    ]
    assert find_best(tmp_path) == tmp_path / "attempt-2" / "epoch-0005.pt"


def test_one_of_an_earlier_version_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "attempt-1" / "epoch-0001.pt"
    path.parent.mkdir()
    torch.save({"model": {}, "optimizer": {}, "epoch": 1}, path)
    write_file(path, path.read_bytes())
    with pytest.raises(Damaged, match="another version of this code wrote it"):
        read(list_files(tmp_path)[0])


def test_a_state_that_could_not_be_read_back_is_told_at_once(tmp_path: Path) -> None:
    training = Counting()
    training.state_dict = lambda: {"random": random.Random(0)}  # type: ignore[method-assign]
    with pytest.raises(TypeError, match="may hold tensors, numbers, texts, None, and lists and dicts of them: Unpick"):
        keeper(tmp_path).save(training, 1, 0)
    assert list_files(tmp_path) == []
