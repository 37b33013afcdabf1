"""A run is its spec and its seed, and nothing else."""

from dataclasses import replace

import pytest
import torch

from lab.spec import Cell
from trainer.datasets import load_dataset
from trainer.loop import Diverged, EpochMetrics, prepare, train

CPU = torch.device("cpu")


def trained(arch: str, seed: int, **changes: object) -> tuple[list[EpochMetrics | Diverged], dict[str, torch.Tensor]]:
    levels = {"arch": arch, "norm": "batch", "init": "he", "image_size": 16, "width": 0.125, "epochs": 2} | changes
    cell = Cell.model_validate(levels)
    data = load_dataset(cell.dataset, cell.image_size)
    training = prepare(cell, seed, data.num_classes, CPU)
    results = list(train(training, data))
    timeless = [replace(r, epoch_seconds=0.0) if isinstance(r, EpochMetrics) else r for r in results]
    return timeless, training.model.state_dict()


@pytest.mark.parametrize("arch", ["yolo", "resnet"])
def test_two_runs_of_the_same_spec_are_bit_identical(arch: str) -> None:
    torch.manual_seed(1)
    results, weights = trained(arch, seed=5)
    torch.manual_seed(2)
    again, same_weights = trained(arch, seed=5)
    assert results == again
    assert all(torch.equal(weights[name], same_weights[name]) for name in weights)


def test_another_seed_gives_another_run() -> None:
    results, weights = trained("yolo", seed=5)
    others, other_weights = trained("yolo", seed=6)
    assert results != others
    assert not torch.equal(next(iter(weights.values())), next(iter(other_weights.values())))


def test_the_seed_draws_both_the_weights_and_the_order() -> None:
    cell = Cell.model_validate({"arch": "yolo", "norm": "batch", "init": "he", "image_size": 16, "width": 0.125})
    first, other = (next(prepare(cell, seed, 10, CPU).model.parameters()) for seed in (0, 1))
    assert not torch.equal(first, other)


def test_training_learns() -> None:
    results, _ = trained("yolo", seed=0, epochs=3)
    last = results[-1]
    assert isinstance(last, EpochMetrics)
    assert last.epoch == 3
    assert last.train_accuracy > 0.5
    assert last.val_accuracy > 0.5


def test_a_loss_that_is_not_finite_ends_the_run_with_its_epoch() -> None:
    results, _ = trained("yolo", seed=0, norm="none", lr=1e6, epochs=5)
    assert isinstance(results[-1], Diverged)
    assert results[-1].epoch == len(results)
    assert all(isinstance(result, EpochMetrics) for result in results[:-1])
