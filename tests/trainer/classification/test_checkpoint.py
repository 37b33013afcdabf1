"""A checkpoint is whole or missing, and a changed checkpoint is noticed."""

from pathlib import Path

import pytest
import torch

from models import read_checkpoint
from models.task import Classification
from trainer.classification.checkpoint import save_checkpoint
from trainer.classification.loop import TrainingState, prepare


@pytest.fixture
def training() -> TrainingState:
    levels = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 16, "width": 0.125}
    return prepare(Classification.model_validate(levels), 3, 10, torch.device("cpu"))


def test_a_checkpoint_reads_back_as_it_was_written(training: TrainingState, tmp_path: Path) -> None:
    training.epoch = 4
    path, sha256 = save_checkpoint(tmp_path, training)
    state = read_checkpoint(path, sha256)
    assert (path.name, state["epoch"], state["seed"]) == ("epoch-0004.pt", 4, 3)
    assert list(state) == ["model", "optimizer", "epoch", "seed", "cell", "num_classes"]
    assert state["cell"].keys() == Classification.model_fields.keys()
    assert Classification.model_validate(state["cell"]) == training.parameters
    assert all(torch.equal(state["model"][name], value) for name, value in training.model.state_dict().items())
    assert path.with_suffix(".sha256").read_text().split() == [sha256, path.name]


def test_a_flipped_bit_is_noticed(training: TrainingState, tmp_path: Path) -> None:
    path, sha256 = save_checkpoint(tmp_path, training)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="sha256"):
        read_checkpoint(path, sha256)


def test_the_last_two_are_kept_and_nothing_half_written_stays(training: TrainingState, tmp_path: Path) -> None:
    for training.epoch in (1, 2, 10):
        save_checkpoint(tmp_path, training)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch-0002.pt",
        "epoch-0002.sha256",
        "epoch-0010.pt",
        "epoch-0010.sha256",
    ]
