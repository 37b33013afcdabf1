"""A CUDA graph changes how fast a GPU trains a run, and no bit of the run."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from evenkeel.plugins import EpochEnd
from models.factors import Arch, Augment, Norm, Optimizer, Precision
from models.task import Classification
from trainer.classification.data import Splits, whole
from trainer.classification.graphs import GraphedGradients
from trainer.classification.loop import TrainingState, prepare, train
from trainer.device import configure, pick_device


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    configure(2)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="module")
def data() -> Splits:
    """Random images of 64 pixels, in nine batches of which the last has four."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (260, 64, 64, 3), dtype=torch.uint8, generator=generator)
    labels = torch.randint(10, (260,), generator=generator)
    return Splits(whole(images, labels), whole(images[:100], labels[:100]), 10)


def trained(data: Splits, graphs: bool, levels: dict[str, Any]) -> tuple[TrainingState, list[dict[str, Any]]]:
    """A run of four epochs, so that its last batches have a graph, too. Returns its state and the values of each
    epoch."""
    chosen = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 64, "width": 0.5, "batch_size": 32}
    parameters = Classification.model_validate(chosen | {"epochs": 4} | levels)
    training = prepare(parameters, 3, data.num_classes, pick_device("cuda"))
    training.graphs = graphs
    return training, [dict(end.values) for end in train(training, data) if isinstance(end, EpochEnd)]


def assert_equal(data: Splits, levels: dict[str, Any]) -> None:
    graphed, values = trained(data, True, levels)
    assert isinstance(graphed.gradients, GraphedGradients)
    assert len(graphed.gradients._graphs) >= 3
    plain, expected = trained(data, False, levels)
    assert len(values) == 4
    assert values == expected
    torch.testing.assert_close(graphed.model.state_dict(), plain.model.state_dict(), rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("norm", list(Norm))
@pytest.mark.parametrize("arch", list(Arch))
def test_every_network_trains_to_the_same_bits_with_graphs(
    arch: Arch, norm: Norm, precision: Precision, data: Splits
) -> None:
    assert_equal(data, {"arch": arch, "norm": norm, "precision": precision})


@pytest.mark.parametrize("optimizer", list(Optimizer))
def test_every_optimizer_trains_to_the_same_bits_with_graphs(optimizer: Optimizer, data: Splits) -> None:
    assert_equal(data, {"optimizer": optimizer, "grad_clip": 1.0, "schedule": "cosine", "warmup_epochs": 1})


@pytest.mark.parametrize("levels", [{"augment": Augment.CROP}, {"label_smoothing": 0.1, "adam_epsilon": "keras"}])
def test_augmentation_and_smoothing_train_to_the_same_bits_with_graphs(levels: dict[str, Any], data: Splits) -> None:
    assert_equal(data, levels)


def test_a_run_that_diverges_does_so_in_the_same_epoch_with_graphs(data: Splits) -> None:
    levels = {"norm": "none", "optimizer": "sgd", "lr": 1e6}
    graphed, plain = trained(data, True, levels), trained(data, False, levels)
    assert graphed[1] == plain[1]
    assert graphed[0].epoch == plain[0].epoch
