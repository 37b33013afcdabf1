"""A run depends only on its spec and its seed."""

import math
import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from evenkeel.plugins import EpochEnd, Finished, Outcome
from models.factors import Arch
from models.task import METRICS, Classification
from trainer.classification import loop
from trainer.classification.data import Splits, thinned, whole, with_label_noise
from trainer.classification.datasets.load import load_dataset
from trainer.classification.loop import TrainingState, prepare, train
from trainer.classification.seeding import Stream, generator

pytestmark = pytest.mark.slow  # trains, in most tests twice
CPU = torch.device("cpu")
DATASETS = Path(os.environ["EVENKEEL_DATASETS_DIR"])


LEVELS = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 16, "width": 0.125, "epochs": 2}


@dataclass(frozen=True)
class Trained:
    """What a training yielded, without its times, and its weights."""

    epochs: list[EpochEnd]
    outcome: Outcome
    diverged_epoch: int | None
    correct: list[bool] | None
    weights: dict[str, torch.Tensor]

    @property
    def told(self) -> tuple[object, ...]:
        return self.epochs, self.outcome, self.diverged_epoch, self.correct


def trained(arch: str, seed: int, **changes: object) -> Trained:
    parameters = Classification.model_validate(LEVELS | {"arch": arch} | changes)
    data = load_dataset(parameters, DATASETS)
    return trained_on(data, prepare(parameters, seed, data.num_classes, CPU))


def trained_on(data: Splits, training: TrainingState) -> Trained:
    *epochs, finished = train(training, data)
    assert isinstance(finished, Finished)
    timeless = []
    for epoch in epochs:
        assert isinstance(epoch, EpochEnd)
        timeless.append(replace(epoch, seconds=0.0))
    correct = None if finished.correct is None else finished.correct.tolist()
    return Trained(timeless, finished.outcome, finished.diverged_epoch, correct, training.model.state_dict())


def of_gray_images(counts: list[int], **changes: object) -> Trained:
    """A run on images that all look the same. A network can learn no more from them than how frequent each class is.

    Args:
        counts: The number of training images of each class.
    """
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    images = torch.full((len(labels), 16, 16, 3), 128, dtype=torch.uint8)
    data = Splits(whole(images, labels), whole(images[:50], labels[:50]), len(counts))
    parameters = Classification.model_validate(LEVELS | {"norm": "none", "epochs": 3, "lr": 0.01} | changes)
    return trained_on(data, prepare(parameters, 0, len(counts), CPU))


def last(run: Trained, metric: str) -> float:
    value = run.epochs[-1].values[metric]
    assert value is not None
    return value


def same_weights(one: Trained, other: Trained) -> bool:
    return all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


@cache
def plain(arch: str) -> Trained:
    """A run of the usual levels on a third of the data, trained once: it is the same whenever it is trained."""
    return trained(arch, seed=0, train_fraction=0.3)


@pytest.mark.parametrize("arch", Arch)
def test_two_runs_of_the_same_spec_are_bit_identical(arch: Arch) -> None:
    torch.manual_seed(1)
    first = trained(arch, seed=5, train_fraction=0.3)
    torch.manual_seed(2)
    again = trained(arch, seed=5, train_fraction=0.3)
    assert first.told == again.told
    assert same_weights(first, again)


def test_another_seed_gives_another_run() -> None:
    first, other = (trained("yolo", seed=seed, train_fraction=0.3) for seed in (5, 6))
    assert first.told != other.told
    assert not torch.equal(next(iter(first.weights.values())), next(iter(other.weights.values())))


def test_the_seed_draws_both_the_weights_and_the_order() -> None:
    parameters = Classification.model_validate(LEVELS)
    first, other = (next(prepare(parameters, seed, 10, CPU).model.parameters()) for seed in (0, 1))
    assert not torch.equal(first, other)


def test_training_learns() -> None:
    run = trained("yolo", seed=0, epochs=3)
    last = run.epochs[-1]
    assert last.epoch == 3
    assert (last.values["train_accuracy"] or 0) > 0.5
    assert (last.values["val_accuracy"] or 0) > 0.5
    assert (run.outcome, run.diverged_epoch) == (Outcome.CONVERGED, None)


def test_each_epoch_measures_exactly_the_metrics_that_the_task_declares() -> None:
    declared = {metric.name for metric in METRICS}
    assert [set(epoch.values) for epoch in plain("yolo").epochs] == [declared] * 2


def test_a_loss_that_is_not_finite_ends_the_run_with_its_epoch() -> None:
    run = trained("yolo", seed=0, norm="none", lr=1e6, epochs=5)
    assert run.outcome is Outcome.DIVERGED
    assert run.diverged_epoch == len(run.epochs) + 1
    assert run.correct is None


def test_a_run_that_never_learns_has_collapsed() -> None:
    run = trained("yolo", seed=0, norm="none", init="normal", lr=1e-12, epochs=1)
    assert (run.outcome, run.diverged_epoch) == (Outcome.COLLAPSED, None)
    assert run.correct is not None


def test_a_run_whose_loss_stays_far_above_its_start_has_diverged_though_every_loss_is_finite() -> None:
    run = trained("yolo", seed=0, norm="none", optimizer="sgd", lr=1e4, grad_clip=1.0, epochs=2)
    assert (len(run.epochs), run.outcome, run.diverged_epoch) == (2, Outcome.DIVERGED, 1)
    assert run.correct is not None


# SVHN has 73,257 training images, of which 19 % show a one.
SVHN = [68, 189, 144, 116, 102, 94, 78, 76, 69, 64]


@pytest.mark.parametrize("counts", [SVHN, [450, 50]], ids=["svhn", "90/10"])
def test_a_network_that_always_names_the_largest_class_has_collapsed(counts: list[int]) -> None:
    run = of_gray_images(counts)
    assert last(run, "train_accuracy") == max(counts) / sum(counts)
    assert (run.outcome, run.diverged_epoch) == (Outcome.COLLAPSED, None)


def test_chance_is_that_of_the_few_labels_that_were_kept_for_training() -> None:
    """Of the 30 kept labels, the largest class of 100 has 10 %. With all 1000 labels, each class has 1 %."""
    labels = torch.randperm(1000, generator=torch.Generator().manual_seed(7)) % 100
    images = torch.full((1000, 16, 16, 3), 128, dtype=torch.uint8)
    data = Splits(whole(images, labels), whole(images[:50], labels[:50]), 100)
    levels = {"norm": "none", "lr": 0.01, "train_fraction": 0.03, "epochs": 12}
    run = trained_on(data, prepare(Classification.model_validate(LEVELS | levels), 0, 100, CPU))
    assert last(run, "train_accuracy") == pytest.approx(0.1)
    assert run.outcome is Outcome.COLLAPSED


def test_the_outcome_is_judged_by_the_labels_as_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[Any] = []

    def outcome_of(*arguments: Any) -> tuple[Outcome, None]:
        judged.extend(arguments)
        return Outcome.CONVERGED, None

    monkeypatch.setattr("evenkeel.statistics.outcome.outcome_of", outcome_of)
    run = trained("yolo", seed=0, label_noise=0.5, train_fraction=0.1, label_smoothing=0.2, epochs=1)
    data = load_dataset(Classification.model_validate(LEVELS), DATASETS)
    labels = with_label_noise(thinned(data.train, 0.1), 0.5, 10).labels
    accuracy, class_counts, losses, _, label_smoothing = judged
    assert class_counts.tolist() == [int((labels == one).sum()) for one in range(10)]
    assert (accuracy, losses.tolist()) == (last(run, "train_accuracy"), [last(run, "train_loss")])
    assert label_smoothing == 0.2


@pytest.mark.parametrize("seed", [33, 62])
def test_a_run_whose_first_example_was_right_by_chance_has_not_diverged(seed: int) -> None:
    levels = {"dataset": "synthetic", "synthetic_classes": 2, "synthetic_examples": 50, "batch_size": 1}
    run = trained("resnet", seed, norm="none", **levels)
    first, second = (epoch.values["train_loss"] or math.nan for epoch in run.epochs)
    assert second < first
    assert (run.outcome, run.diverged_epoch) == (Outcome.CONVERGED, None)


def test_a_run_that_ends_with_a_loss_above_that_of_a_constant_predictor_has_collapsed() -> None:
    run = trained("resnet", seed=0, norm="none", epochs=1)
    assert last(run, "train_accuracy") > 0.13
    assert last(run, "train_loss") > math.log(10)
    assert run.outcome is Outcome.COLLAPSED


@pytest.mark.parametrize("value", [-math.inf, math.nan])
def test_a_weight_that_is_not_finite_is_seen_though_a_relu_hides_it_from_the_loss(value: float) -> None:
    parameters = Classification.model_validate(LEVELS | {"arch": "vgg", "norm": "none"})
    data = load_dataset(parameters, DATASETS)
    training = prepare(parameters, 0, 10, CPU)
    with torch.no_grad():
        training.model.get_submodule("features.0").bias[0] = value  # type: ignore[operator, index]
    run = trained_on(data, training)
    assert (run.epochs, run.outcome, run.diverged_epoch) == ([], Outcome.DIVERGED, 1)


def test_a_running_statistic_that_is_not_finite_ends_the_run_in_its_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    step = loop.train_step

    def spoil(model: torch.nn.Module, *others: Any) -> None:
        step(model, *others)
        model.get_buffer("features.1.running_var")[0] = math.inf

    monkeypatch.setattr(loop, "train_step", spoil)
    run = trained("yolo", seed=0)
    assert (run.epochs, run.outcome, run.diverged_epoch) == ([], Outcome.DIVERGED, 1)


def test_a_loss_that_is_not_finite_ends_the_run_in_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    losses: list[float] = []
    step = loop.train_step

    def count(*arguments: Any) -> None:
        step(*arguments)
        losses.append(arguments[5].loss.item())

    monkeypatch.setattr(loop, "train_step", count)
    run = trained("yolo", seed=0, norm="none", lr=1e6, epochs=5)
    assert (run.epochs, run.outcome, run.diverged_epoch) == ([], Outcome.DIVERGED, 1)
    assert np.isfinite(losses).tolist() == [True] * (len(losses) - 1) + [False]
    assert len(losses) < 10  # of the epoch's 23


def values_of(run: Trained) -> list[dict[str, float | None]]:
    return [dict(epoch.values) for epoch in run.epochs]


def test_with_stop_lost_a_run_ends_after_three_epochs_at_chance() -> None:
    at_chance = {"norm": "none", "init": "normal", "lr": 1e-12, "train_fraction": 0.2}
    whole_run = trained("yolo", seed=0, epochs=5, **at_chance)
    stopped = trained("yolo", seed=0, epochs=5, stop="lost", **at_chance)
    assert len(whole_run.epochs) == 5
    assert values_of(stopped) == values_of(whole_run)[:3]
    assert (stopped.outcome, stopped.diverged_epoch) == (whole_run.outcome, None) == (Outcome.COLLAPSED, None)
    assert stopped.correct is not None
    assert np.mean(stopped.correct) == pytest.approx(last(stopped, "val_accuracy"))


def test_with_stop_lost_the_epochs_of_the_warmup_are_not_counted() -> None:
    levels = {"norm": "none", "init": "normal", "lr": 1e-12, "epochs": 8, "warmup_epochs": 2, "train_fraction": 0.1}
    assert len(trained("yolo", seed=0, stop="lost", **levels).epochs) == 5


def test_with_stop_lost_a_run_ends_after_an_epoch_far_above_its_start() -> None:
    high: dict[str, Any] = {"norm": "none", "optimizer": "sgd", "lr": 1e4, "grad_clip": 1.0}
    whole_run, stopped = (trained("yolo", seed=0, epochs=3, stop=stop, **high) for stop in ("nonfinite", "lost"))
    assert len(whole_run.epochs) == 3
    assert values_of(stopped) == values_of(whole_run)[:1]
    assert (stopped.outcome, stopped.diverged_epoch) == (whole_run.outcome, whole_run.diverged_epoch)
    assert (stopped.outcome, stopped.diverged_epoch) == (Outcome.DIVERGED, 1)


def test_a_run_that_learns_is_the_same_with_stop_lost() -> None:
    heedless, careful = (trained("yolo", seed=0, epochs=4, stop=stop) for stop in ("nonfinite", "lost"))
    assert heedless.outcome is Outcome.CONVERGED
    assert heedless.told == careful.told
    assert same_weights(heedless, careful)


def test_dead_units_are_measured_on_batch_statistics_as_the_gradient_is() -> None:
    """With a momentum of 1e-6 the running statistics stay where they began, and validation sees another network."""
    lagging = trained("resnet", seed=0, batch_momentum=1e-6, lr=0.05, train_fraction=0.3)
    prompt = trained("resnet", seed=0, batch_momentum=0.1, lr=0.05, train_fraction=0.3)
    assert last(lagging, "train_accuracy") == last(prompt, "train_accuracy")
    assert last(lagging, "dead_units") == last(prompt, "dead_units")


@pytest.mark.parametrize(("slope", "measured"), [(0.1, False), (0.0, True)])
def test_a_network_of_leaky_units_has_no_number_of_dead_ones(slope: float, measured: bool) -> None:
    run = trained("yolo", seed=0, leaky_slope=slope, epochs=1, train_fraction=0.2)
    assert (run.epochs[0].values["dead_units"] is not None) == measured


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
    {"adam_epsilon": "keras"},
    {"optimizer": "adamw", "adam_epsilon": "keras"},
    {"input_scale": "unit"},
    {"input_scale": "unit", "augment": "crop"},
    {"arch": "resnet", "stem_norm": "none"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: "-".join(map(str, change.values())))
def test_every_factor_changes_the_run_and_leaves_it_bit_identical_with_itself(change: dict[str, object]) -> None:
    arch, others = str(change.get("arch", "yolo")), {name: level for name, level in change.items() if name != "arch"}
    levels: dict[str, object] = {"train_fraction": 0.3} | others
    changed = trained(arch, seed=0, **levels)
    again = trained(arch, seed=0, **levels)
    assert changed.told != plain(arch).told
    assert changed.told == again.told
    assert same_weights(changed, again)


def test_keras_epsilon_leaves_a_run_with_sgd_as_it_is() -> None:
    torchs, keras = (
        trained("yolo", seed=0, optimizer="sgd", lr=0.05, adam_epsilon=how, epochs=1) for how in ("torch", "keras")
    )
    assert torchs.told == keras.told
    assert same_weights(torchs, keras)


def test_training_and_validation_images_are_both_on_the_scale_that_the_cell_names() -> None:
    parameters = Classification.model_validate(LEVELS | {"norm": "none", "epochs": 1, "input_scale": "unit"})
    data = load_dataset(parameters, DATASETS)
    training, untrained = (prepare(parameters, 3, data.num_classes, CPU) for _ in range(2))
    epoch, _ = train(training, data)
    assert isinstance(epoch, EpochEnd)
    order = torch.randperm(len(data.train), generator=generator(3, Stream.ORDER, 1))[: parameters.batch_size]
    images, labels = data.train.__getitems__(order.tolist())
    loss = F.cross_entropy(untrained.model(images.permute(0, 3, 1, 2) / 255), labels)
    assert training.start_loss == pytest.approx(loss.item(), rel=1e-5)
    images, labels = data.val.__getitems__(list(range(len(data.val))))
    with torch.no_grad():
        loss = F.cross_entropy(training.model(images.permute(0, 3, 1, 2) / 255), labels)
    assert epoch.values["val_loss"] == pytest.approx(loss.item(), rel=1e-5)


def test_bfloat16_on_a_cpu_has_finite_gradients_where_the_image_is_down_to_one_pixel() -> None:
    for _ in range(3):
        run = trained("resnet", seed=0, precision="bf16", train_fraction=0.1, epochs=1)
        assert run.epochs[0].values["grad_norm_max"] is not None
        assert all(torch.isfinite(value).all() for value in run.weights.values())


def test_a_precision_that_the_device_cannot_do_says_what_would() -> None:
    with pytest.raises(
        RuntimeError, match="'tf32' needs an NVIDIA GPU of the Ampere generation or newer; this run was given cpu"
    ):
        trained("yolo", seed=0, precision="tf32")


def test_diagnostics_tell_and_change_nothing() -> None:
    parameters = Classification.model_validate(LEVELS | {"arch": "resnet", "norm": "none"})
    data = load_dataset(parameters, DATASETS)
    told, silent = (prepare(parameters, 0, 10, CPU) for _ in range(2))
    silent.diagnose = False
    first, other = next(train(told, data)), next(train(silent, data))
    assert isinstance(first, EpochEnd)
    assert isinstance(other, EpochEnd)
    diagnostics = {metric.name for metric in METRICS if metric.diagnostic}
    assert {name: value for name, value in first.values.items() if name not in diagnostics} == other.values
    grad_norm_mean, grad_norm_max = first.values["grad_norm_mean"], first.values["grad_norm_max"]
    assert grad_norm_mean is not None
    assert grad_norm_max is not None
    assert 0 < grad_norm_mean < grad_norm_max


def test_the_start_is_the_loss_of_the_first_batch_before_any_step_and_what_is_right_adds_up_to_the_accuracy() -> None:
    parameters = Classification.model_validate(LEVELS | {"norm": "none", "epochs": 1, "lr": 0.01})
    data = load_dataset(parameters, DATASETS)
    training, untrained = (prepare(parameters, 3, data.num_classes, CPU) for _ in range(2))
    epoch, finished = train(training, data)
    assert isinstance(epoch, EpochEnd)
    assert isinstance(finished, Finished)
    order = torch.randperm(len(data.train), generator=generator(3, Stream.ORDER, 1))[: parameters.batch_size]
    images, labels = data.train.__getitems__(order.tolist())
    loss = F.cross_entropy(untrained.model(images.permute(0, 3, 1, 2) / 127.5 - 1), labels)
    assert training.start_loss == pytest.approx(loss.item(), rel=1e-5)
    assert training.correct is not None
    assert training.correct.float().mean().item() == pytest.approx(epoch.values["val_accuracy"])
    assert finished.correct is not None
    assert finished.correct.tolist() == training.correct.tolist()
