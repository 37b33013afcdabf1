"""A run is its spec and its seed, and nothing else."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from lab.cell import Cell
from models.factors import Arch
from trainer.datasets.load import load_dataset
from trainer.loop import Diverged, EpochMetrics, prepare, train
from trainer.seeding import Stream, generator

CPU = torch.device("cpu")
DATASETS = Path(os.environ["EVENKEEL_DATASETS_DIR"])


def trained(arch: str, seed: int, **changes: object) -> tuple[list[EpochMetrics | Diverged], dict[str, torch.Tensor]]:
    levels = {"arch": arch, "norm": "batch", "init": "he", "image_size": 16, "width": 0.125, "epochs": 2} | changes
    cell = Cell.model_validate(levels)
    data = load_dataset(cell, DATASETS)
    training = prepare(cell, seed, data.num_classes, CPU)
    results = list(train(training, data))
    timeless = [replace(r, epoch_seconds=0.0) if isinstance(r, EpochMetrics) else r for r in results]
    return timeless, training.model.state_dict()


@pytest.mark.parametrize("arch", Arch)
def test_two_runs_of_the_same_spec_are_bit_identical(arch: Arch) -> None:
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


CHANGES = [
    {"optimizer": "adamw", "weight_decay": 0.1},
    {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9},
    {"weight_decay": 0.01},
    {"schedule": "cosine"},
    {"warmup_epochs": 1},
    {"grad_clip": 0.1},
    {"label_smoothing": 0.1},
    {"precision": "bf16"},
    {"augment": "flip"},
    {"augment": "crop"},
    {"label_noise": 0.2},
    {"train_fraction": 0.5},
    {"norm": "group"},
    {"norm": "layer"},
    {"batch_momentum": 0.01},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: "-".join(map(str, change.values())))
def test_every_factor_changes_the_run_and_leaves_it_bit_identical_with_itself(change: dict[str, object]) -> None:
    plain, _ = trained("yolo", seed=0)
    changed, weights = trained("yolo", seed=0, **change)
    again, same_weights = trained("yolo", seed=0, **change)
    assert changed != plain
    assert changed == again
    assert all(torch.equal(weights[name], same_weights[name]) for name in weights)


def test_bfloat16_on_a_cpu_has_finite_gradients_where_the_image_is_down_to_one_pixel() -> None:
    for _ in range(3):
        results, weights = trained("resnet", seed=0, precision="bf16", train_fraction=0.1, epochs=1)
        assert isinstance(results[0], EpochMetrics)
        assert results[0].grad_norm_max is not None
        assert all(torch.isfinite(value).all() for value in weights.values())


def test_a_precision_that_the_device_cannot_do_says_what_would() -> None:
    with pytest.raises(RuntimeError, match="'tf32' needs an NVIDIA GPU from Ampere on; this run was given cpu"):
        trained("yolo", seed=0, precision="tf32")


def test_diagnostics_tell_and_change_nothing() -> None:
    cell = Cell.model_validate({"arch": "resnet", "norm": "none", "init": "he", "image_size": 16, "width": 0.125})
    data = load_dataset(cell, DATASETS)
    told, silent = (prepare(cell, 0, 10, CPU) for _ in range(2))
    silent.diagnose = False
    first, other = next(train(told, data)), next(train(silent, data))
    assert isinstance(first, EpochMetrics)
    assert isinstance(other, EpochMetrics)
    assert (first.train_loss, first.val_loss) == (other.train_loss, other.val_loss)
    assert other.grad_norm_mean is None
    assert first.grad_norm_mean is not None
    assert first.grad_norm_max is not None
    assert 0 < first.grad_norm_mean < first.grad_norm_max


def test_the_start_is_the_loss_of_the_first_batch_before_any_step_and_what_is_right_adds_up_to_the_accuracy() -> None:
    cell = Cell.model_validate(
        {"arch": "yolo", "norm": "none", "init": "he", "image_size": 16, "width": 0.125, "epochs": 1, "lr": 0.01}
    )
    data = load_dataset(cell, DATASETS)
    training, untrained = (prepare(cell, 3, data.num_classes, CPU) for _ in range(2))
    [result] = train(training, data)
    assert isinstance(result, EpochMetrics)
    order = torch.randperm(len(data.train), generator=generator(3, Stream.ORDER, 1))[: cell.batch_size]
    images, labels = data.train.__getitems__(order.tolist())
    loss = F.cross_entropy(untrained.model(images.permute(0, 3, 1, 2) / 127.5 - 1), labels)
    assert training.start_loss == pytest.approx(loss.item(), rel=1e-5)
    assert training.correct is not None
    assert training.correct.float().mean().item() == pytest.approx(result.val_accuracy)
