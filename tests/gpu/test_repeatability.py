"""On one GPU and one driver, the cell and the seed decide every bit of a run.

Warnings are errors here. torch warns when an operation has no deterministic algorithm, so such an operation fails.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import models
from evenkeel.plugins import EpochEnd
from models.factors import Arch, Augment, Norm, Optimizer, Precision
from models.pixels import to_input
from models.task import Classification
from trainer.classification.data import Splits, whole
from trainer.classification.loop import TrainingState, prepare, train
from trainer.device import configure, pick_device

NUM_CLASSES = 10


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    configure(2)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="module")
def data() -> Splits:
    """Random images of 64 pixels. The last batch of an epoch has four of them."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (260, 64, 64, 3), dtype=torch.uint8, generator=generator)
    labels = torch.randint(NUM_CLASSES, (260,), generator=generator)
    return Splits(whole(images, labels), whole(images[:100], labels[:100]), NUM_CLASSES)


def trained(
    data: Splits, device: str = "cuda", diagnose: bool = True, loader_workers: int = 0, **levels: Any
) -> tuple[TrainingState, list[dict[str, float | None]]]:
    """A run of two epochs. Returns its state and the values of each epoch."""
    chosen = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 64, "width": 0.5, "epochs": 2} | levels
    training = prepare(Classification.model_validate(chosen), 3, data.num_classes, pick_device(device))
    training.diagnose, training.loader_workers = diagnose, loader_workers
    return training, [dict(end.values) for end in train(training, data) if isinstance(end, EpochEnd)]


def weights(training: TrainingState) -> dict[str, Tensor]:
    return {name: tensor.cpu() for name, tensor in training.model.state_dict().items()}


def assert_same(one: TrainingState, other: TrainingState) -> None:
    torch.testing.assert_close(weights(one), weights(other), rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("norm", list(Norm))
@pytest.mark.parametrize("arch", list(Arch))
def test_a_run_repeated_gives_the_same_bits(arch: Arch, norm: Norm, precision: Precision, data: Splits) -> None:
    one, values = trained(data, arch=arch, norm=norm, precision=precision)
    other, again = trained(data, arch=arch, norm=norm, precision=precision)
    assert len(values) == 2
    assert values == again
    assert_same(one, other)


@pytest.mark.parametrize("optimizer", list(Optimizer))
@pytest.mark.parametrize("augment", list(Augment))
def test_every_optimizer_and_augment_repeats(optimizer: Optimizer, augment: Augment, data: Splits) -> None:
    levels = {"optimizer": optimizer, "augment": augment, "lr": 1e-3, "grad_clip": 1.0, "label_smoothing": 0.1}
    assert_same(trained(data, **levels)[0], trained(data, **levels)[0])


def test_another_seed_or_precision_gives_other_bits(data: Splits) -> None:
    """So the comparisons of this file can fail."""
    one, other = trained(data)[0], trained(data, precision="bf16")[0]
    with pytest.raises(AssertionError, match="not equal"):
        assert_same(one, other)


@pytest.mark.parametrize("arch", list(Arch))
def test_diagnostics_change_no_bit(arch: Arch, data: Splits) -> None:
    assert_same(trained(data, arch=arch)[0], trained(data, arch=arch, diagnose=False)[0])


def test_where_the_images_lie_and_how_many_processes_load_them_changes_no_bit(
    data: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_gpu = trained(data)[0]
    monkeypatch.setattr("trainer.classification.data.RESIDENT_SHARE", 0.0)
    assert_same(on_gpu, trained(data)[0])
    assert_same(on_gpu, trained(data, loader_workers=2)[0])


@pytest.mark.parametrize("arch", list(Arch))
def test_a_gpu_starts_from_the_loss_that_the_cpu_starts_from(arch: Arch, data: Splits) -> None:
    on_gpu, on_cpu = trained(data, arch=arch)[0], trained(data, arch=arch, device="cpu")[0]
    assert on_gpu.start_loss == pytest.approx(on_cpu.start_loss, rel=1e-4)


def test_a_checkpoint_of_a_gpu_gives_the_network_back_on_a_cpu(data: Splits, tmp_path: Path) -> None:
    training, values = trained(data)
    path = tmp_path / "epoch-0002.pt"
    torch.save(training.state_dict(), path)
    logits = models.load(path).eval()(to_input(data.val.images))
    right = (logits.argmax(dim=1) == data.val.labels).double().mean().item()
    assert right == pytest.approx(values[-1]["val_accuracy"], abs=0.02)
