"""A checkpoint file alone gives the trained network back, or a clear error."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import models
from evenkeel.plugins import EpochEnd
from models.factors import Arch
from models.pixels import to_input
from models.task import Classification
from trainer.checkpoint_files import write_file
from trainer.classification.datasets.load import load_dataset
from trainer.classification.run import ClassificationTraining, start
from trainer.protocol import SlotOptions

pytestmark = pytest.mark.slow  # trains

OPTIONS = SlotOptions("cpu", 1, 600.0, os.environ["EVENKEEL_DATASETS_DIR"], diagnose=False, loader_workers=0)
LEVELS = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 16, "width": 0.125, "epochs": 2}
FIRST_FORMAT = Path(__file__).parent / "fixtures" / "first-format-epoch-0004.pt"


def train(levels: dict[str, Any], folder: Path) -> tuple[ClassificationTraining, Path, float]:
    """Train a run to its end. Returns its checkpoint and the validation accuracy that was recorded last."""
    training = start(Classification.model_validate(levels), 3, OPTIONS)
    measured = [result for result in training if isinstance(result, EpochEnd)]
    accuracy = measured[-1].values["val_accuracy"]
    assert accuracy is not None
    path = folder / "epoch-0002.pt"
    buffer = io.BytesIO()
    torch.save(training.state_dict(), buffer)
    write_file(path, buffer.getbuffer())
    return training, path, accuracy


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[ClassificationTraining, Path, float]:
    return train(LEVELS, tmp_path_factory.mktemp("trained"))


@pytest.fixture
def path(trained: tuple[ClassificationTraining, Path, float], tmp_path: Path) -> Path:
    """A checkpoint with its sha256 beside it. A test may change it."""
    for file in (trained[1], trained[1].with_suffix(".sha256")):
        shutil.copy(file, tmp_path)
    return tmp_path / trained[1].name


def same_weights(network: torch.nn.Module, weights: dict[str, Tensor]) -> bool:
    found = network.state_dict()
    return found.keys() == weights.keys() and all(torch.equal(found[name], weights[name]) for name in weights)


@pytest.mark.parametrize(
    "how", [*({"arch": str(arch)} for arch in Arch), {"arch": "resnet", "stem_norm": "none", "input_scale": "unit"}]
)
def test_a_network_read_back_has_the_validation_accuracy_that_was_recorded(how: dict[str, str], tmp_path: Path) -> None:
    levels = LEVELS | how | {"batch_eps": 0.1, "leaky_slope": 0.3, "epochs": 1}
    training, path, recorded = train(levels, tmp_path)
    network = models.load(str(path))
    val = load_dataset(network.cell, Path(OPTIONS.datasets_dir)).val
    with torch.no_grad():
        right = network(network.to_input(val.images)).argmax(1) == val.labels
    assert right.sum().item() / len(val) == recorded
    assert not network.training
    assert (network.cell, network.num_classes) == (training.params, 10)
    assert (network.seed, network.epoch) == (3, 1)
    assert same_weights(network.network, training.state.model.state_dict())


def test_a_checkpoint_says_how_many_classes_there_are(tmp_path: Path) -> None:
    levels = LEVELS | {"dataset": "synthetic", "synthetic_classes": 7, "synthetic_examples": 21, "epochs": 1}
    _, path, _ = train(levels, tmp_path)
    assert models.read_checkpoint(path)["num_classes"] == 7
    assert models.load(path)(torch.zeros(2, 3, 16, 16)).shape == (2, 7)


def test_a_checkpoint_of_the_first_version_is_still_read() -> None:
    network = models.load(FIRST_FORMAT)
    state = torch.load(FIRST_FORMAT, weights_only=True)
    assert (len(state["cell"]), "num_classes" in state) == (15, False)
    assert same_weights(network.network, state["model"])
    assert (network.num_classes, network.seed, network.epoch) == (10, 3, 4)
    assert (network.cell.width, network.cell.optimizer) == (0.02, "adam")


def test_a_damaged_file_is_noticed_by_the_sha256_beside_it_or_the_one_that_is_given(path: Path) -> None:
    assert same_weights(models.load(path, sha256=path.with_suffix(".sha256").read_text()[:64].upper()), {}) is False
    with pytest.raises(ValueError, match=rf"{path}: its sha256 is [0-9a-f]{{64}}, but sha256= says {'0' * 64}"):
        models.load(path, sha256="0" * 64)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{path}: its sha256 .* {path.with_suffix('.sha256')} says"):
        models.load(path)


@pytest.mark.parametrize("content", [b"", b"a text\n", b"\x80\x04.", b"PK\x03\x04", b"\0" * 100])
def test_what_is_no_checkpoint_is_named(path: Path, content: bytes) -> None:
    path.with_suffix(".sha256").unlink()
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{path}: is not a checkpoint, or is not complete"):
        models.load(path)


def test_a_truncated_checkpoint_is_named(path: Path) -> None:
    path.with_suffix(".sha256").unlink()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=f"{path}: is not a checkpoint, or is not complete"):
        models.load(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model": None}, "is not a checkpoint of the task 'classification'.* but it holds: model, "),
        ({"cell": {**LEVELS, "arch": "gpt"}}, "levels that this version .* arch='gpt': Input should be 'yolo'"),
        ({"cell": {**LEVELS, "colour": "red"}}, "levels that this version .* colour='red'"),
        ({"cell": {**LEVELS, "width": 0.25}}, "weights do not fit .* size mismatch for features"),
        ({"cell": {**LEVELS, "image_size": 8, "arch": "resnet"}}, "at least 16 pixels, not 8"),
        ({"num_classes": 11}, "weights do not fit"),
    ],
)
def test_a_checkpoint_that_this_version_cannot_use_is_named_and_says_why(
    path: Path, change: dict[str, Any], problem: str
) -> None:
    torch.save(torch.load(path, weights_only=True) | change, path)
    path.with_suffix(".sha256").unlink()
    with pytest.raises(ValueError, match=rf"(?s){path}: .*{problem}"):
        models.load(path)


def test_a_file_that_is_not_there_is_said_not_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pt"):
        models.load(tmp_path / "nowhere.pt")


def test_images_become_inputs_on_the_scale_that_is_asked_for() -> None:
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).expand(1, 2, 5, 3)
    for scale, values in (("signed", [-1.0, -0.6, 1.0]), ("unit", [0.0, 0.2, 1.0])):
        inputs = to_input(images, scale)
        assert inputs.shape == (1, 3, 2, 5)
        torch.testing.assert_close(inputs[0, :, 0, 0], torch.tensor(values))
    with pytest.raises(ValueError, match=r"uint8 \(B, H, W, 3\), not torch.float32 \(1, 2, 5, 3\)"):
        to_input(images.float())


def test_models_are_imported_without_torch() -> None:
    code = (
        "import models, models.task, sys; assert 'torch' not in sys.modules; models.load; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
