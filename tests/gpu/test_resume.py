"""On one GPU and one driver, a run that goes on from a checkpoint ends bit by bit as one that was not interrupted."""

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from evenkeel.plugins import EpochEnd, Finished
from models.factors import Arch, Augment, Optimizer, Precision, Schedule
from models.task import Classification
from trainer.classification.data import Splits, whole
from trainer.classification.loop import TrainingState, prepare, steps
from trainer.device import configure, pick_device

LEVELS = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 64, "width": 0.25, "epochs": 2, "batch_size": 16}


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    configure(1)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="module")
def data() -> Splits:
    """Random images of 64 pixels, in 17 batches of which the last has four."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (260, 64, 64, 3), dtype=torch.uint8, generator=generator)
    labels = torch.randint(10, (260,), generator=generator)
    return Splits(whole(images, labels), whole(images[:100], labels[:100]), 10)


def new(levels: dict[str, Any], loader_workers: int) -> TrainingState:
    training = prepare(Classification.model_validate(LEVELS | levels), 3, 10, pick_device("cuda"))
    training.loader_workers = loader_workers
    return training


def trained(data: Splits, levels: dict[str, Any], at: set[int], loader_workers: int = 0) -> tuple[list[Any], Any]:
    """Train, and go on in another training after the yields with the numbers in `at`. Returns what was told, and all
    tensors of the last state."""
    told, count, training = list[Any](), 0, new(levels, loader_workers)
    while True:
        for result in steps(training, data):
            if isinstance(result, EpochEnd):
                told.append(replace(result, seconds=0.0))
            if isinstance(result, Finished):
                told.append((result.outcome, result.diverged_epoch))
                return told, tensors([training.state_dict(), training.optimizer.state_dict()])
            count += 1
            if count in at:
                buffer = io.BytesIO()
                torch.save(training.state_dict(), buffer)
                buffer.seek(0)
                training = new(levels, loader_workers)
                training.load_state_dict(torch.load(buffer, map_location="cpu", weights_only=True))
                break


def tensors(state: Any) -> list[Tensor]:
    if isinstance(state, Tensor):
        return [state.cpu()]
    parts = state.values() if isinstance(state, dict) else state if isinstance(state, list | tuple) else []
    return [tensor for part in parts for tensor in tensors(part)]


# Also beside a look of the watch at the losses, and within the steps in which units are watched.
PLACES = {1, 8, 9, 15, 17, 19, 30}


def assert_resumes(data: Splits, levels: dict[str, Any], loader_workers: int = 0) -> None:
    undisturbed, resumed = trained(data, levels, set()), trained(data, levels, PLACES, loader_workers)
    assert resumed[0] == undisturbed[0]
    assert len(resumed[1]) == len(undisturbed[1])
    for one, other in zip(resumed[1], undisturbed[1], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("optimizer", list(Optimizer))
def test_every_optimizer_and_precision_resumes(optimizer: Optimizer, precision: Precision, data: Splits) -> None:
    assert_resumes(data, {"optimizer": optimizer, "precision": precision, "grad_clip": 1.0})


@pytest.mark.parametrize("augment", list(Augment))
@pytest.mark.parametrize("schedule", list(Schedule))
def test_every_augment_and_schedule_resumes(augment: Augment, schedule: Schedule, data: Splits) -> None:
    assert_resumes(data, {"augment": augment, "schedule": schedule, "warmup_epochs": 1})


@pytest.mark.parametrize("arch", list(Arch))
@pytest.mark.parametrize("norm", ["batch", "none", "group"])
def test_every_arch_resumes(arch: Arch, norm: str, data: Splits) -> None:
    assert_resumes(data, {"arch": arch, "norm": norm})


@pytest.mark.parametrize("loader_workers", [0, 2])
def test_a_run_whose_images_stay_on_the_cpu_resumes(
    loader_workers: int, data: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.classification.data.RESIDENT_SHARE", 0.0)
    assert_resumes(data, {"augment": "crop"}, loader_workers)


def test_a_run_that_diverges_does_so_in_the_same_epoch(data: Splits) -> None:
    assert_resumes(data, {"norm": "none", "optimizer": "sgd", "lr": 1e6})
