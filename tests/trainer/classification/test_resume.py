"""A run that goes on from a checkpoint ends bit by bit as one that was never interrupted."""

import copy
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from evenkeel.plugins import EpochEnd, Finished, StepEnd
from models.factors import Augment, Optimizer, Precision, Schedule
from models.task import Classification
from trainer.classification.data import Splits, whole
from trainer.classification.loop import TrainingState, prepare, steps

# Each test trains a run to its end, several times over.
pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
TINY = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 8, "width": 0.03125, "epochs": 3} | {
    "batch_size": 8, "lr": 0.01, "warmup_epochs": 1, "grad_clip": 1.0, "label_smoothing": 0.1,
}  # fmt: skip
# Every optimizer, schedule, augment and precision that a CPU has.
PRODUCT = [
    {"optimizer": optimizer, "schedule": schedule, "augment": augment, "precision": precision}
    for optimizer, schedule, augment, precision in product(Optimizer, Schedule, Augment, Precision)
    if precision is not Precision.TF32
]
SOME = [
    {"optimizer": "adam", "schedule": "cosine", "augment": "crop", "precision": "fp32"},
    {"optimizer": "sgd", "momentum": 0.9, "augment": "flip", "precision": "bf16"},
    {"optimizer": "adamw", "weight_decay": 0.1, "adam_epsilon": "keras", "arch": "vgg", "norm": "none"},
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@cache
def data() -> Splits:
    """36 images to train, in five batches of which the last has four, and 300 to validate, in two batches."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (336, 8, 8, 3), dtype=torch.uint8, generator=generator)
    labels = torch.randint(5, (336,), generator=generator)
    return Splits(whole(images[:36], labels[:36]), whole(images[36:], labels[36:]), 5)


@dataclass
class Trained:
    """All that a run yielded, without its times, and its last state."""

    told: list[Any]
    state: dict[str, Any]


def new(levels: dict[str, Any], loader_workers: int = 0) -> TrainingState:
    training = prepare(Classification.model_validate(TINY | levels), 3, data().num_classes, CPU)
    training.loader_workers = loader_workers
    return training


def saved(state: dict[str, Any]) -> dict[str, Any]:
    """The state after it was written and read, as a checkpoint is."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    loaded: dict[str, Any] = torch.load(buffer, weights_only=True)
    return loaded


def interrupted(levels: dict[str, Any], at: set[int], loader_workers: int = 0) -> Trained:
    """A run that is saved, and goes on from there in another training, after the yields with the numbers in `at`."""
    told, count, training = list[Any](), 0, new(levels, loader_workers)
    while True:
        for result in steps(training, data()):
            if not isinstance(result, StepEnd):
                told.append(timeless(result))
            if isinstance(result, Finished):
                return Trained(told, whole_state(training))
            count += 1
            if count in at:
                state = saved(training.state_dict())
                # Whatever else happens in the process may not matter.
                torch.manual_seed(count)
                training = new(levels, loader_workers)
                training.load_state_dict(state)
                break


def timeless(result: EpochEnd | Finished) -> Any:
    if isinstance(result, EpochEnd):
        return replace(result, seconds=0.0)
    correct = None if result.correct is None else result.correct.tolist()
    return result.outcome, result.diverged_epoch, correct


def whole_state(training: TrainingState) -> dict[str, Any]:
    """The state of the training, and of its optimizer also after the last epoch. The time that it took is left out."""
    state = copy.deepcopy(training.state_dict() | {"optimizer": training.optimizer.state_dict()})
    if state["underway"]:
        del state["underway"]["seconds"]
    return state


def assert_same(one: Any, other: Any, where: str = "state") -> None:
    assert type(one) is type(other), where
    if isinstance(one, Tensor):
        assert one.dtype == other.dtype, where
        # As bytes, since a NaN does not equal itself.
        assert torch.equal(*(tensor.contiguous().reshape(-1).view(torch.uint8) for tensor in (one, other))), where
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            assert_same(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for index, (a, b) in enumerate(zip(one, other, strict=True)):
            assert_same(a, b, f"{where}.{index}")
    else:
        assert one == other or one != one, where


def assert_resumes(levels: dict[str, Any], at: set[int], loader_workers: int = 0) -> None:
    undisturbed, resumed = interrupted(levels, set()), interrupted(levels, at, loader_workers)
    assert resumed.told == undisturbed.told
    assert_same(resumed.state, undisturbed.state)


def num_yields(levels: dict[str, Any]) -> int:
    return sum(1 for _ in steps(new(levels), data())) - 1


@pytest.mark.parametrize("levels", SOME, ids=lambda levels: "-".join(map(str, levels.values())))
def test_a_run_interrupted_after_every_step_and_every_epoch_ends_with_the_same_bits(levels: dict[str, Any]) -> None:
    assert num_yields(levels) == 3 * (5 + 2 + 1)
    assert_resumes(levels, set(range(1, 24)))


@pytest.mark.soak
@pytest.mark.parametrize("levels", PRODUCT, ids=lambda levels: "-".join(map(str, levels.values())))
def test_every_way_to_train_resumes_with_the_same_bits(levels: dict[str, Any]) -> None:
    assert_resumes(levels, set(range(1, 24)))


@pytest.mark.soak
@pytest.mark.parametrize("place", range(1, 24))
def test_a_single_interruption_changes_nothing_wherever_it_is(place: int) -> None:
    assert_resumes(SOME[0], {place})


@pytest.mark.parametrize("levels", SOME, ids=lambda levels: "-".join(map(str, levels.values())))
def test_a_run_whose_batches_other_processes_load_resumes_with_the_same_bits(levels: dict[str, Any]) -> None:
    assert_resumes(levels, {3, 8, 13, 16, 20}, loader_workers=2)


def test_a_run_interrupted_after_its_last_epoch_only_says_how_it_ended() -> None:
    undisturbed, resumed = interrupted({}, set()), interrupted({}, {24})
    assert resumed.told == undisturbed.told
    assert_same(resumed.state["model"], undisturbed.state["model"])


def test_a_run_that_diverges_does_so_in_the_same_epoch() -> None:
    levels = {"lr": 1e6, "norm": "none", "grad_clip": 0.0, "optimizer": "sgd"}
    assert interrupted(levels, set()).told[-1][0] == "diverged"
    assert_resumes(levels, set(range(1, 24)))


def test_a_run_that_is_lost_ends_in_the_same_epoch() -> None:
    levels = {"lr": 1e-12, "norm": "none", "init": "normal", "stop": "lost", "epochs": 6, "warmup_epochs": 0}
    assert len(interrupted(levels, set()).told) == 4
    assert_resumes(levels, {3, 8, 16, 24})


def test_a_batch_that_was_trained_is_neither_trained_nor_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[list[int]] = []
    picked = type(data().train).picked

    def seen(split: Any, examples: torch.Tensor) -> Any:
        if split is data().train:
            loaded.append(examples.tolist())
        return picked(split, examples)

    monkeypatch.setattr(type(data().train), "picked", seen)
    interrupted({}, {2, 8, 13})
    interrupted_loads = sorted(loaded)
    loaded.clear()
    interrupted({}, set())
    assert interrupted_loads == sorted(loaded)
    assert len(loaded) == 3 * 5


def test_diagnostics_that_were_switched_on_within_an_epoch_begin_with_the_next() -> None:
    training = new({})
    training.diagnose = False
    results = steps(training, data())
    for _ in range(3):
        next(results)
    resumed = new({})
    resumed.load_state_dict(saved(training.state_dict()))
    first, second, _ = [result for result in steps(resumed, data()) if isinstance(result, EpochEnd)]
    assert "grad_norm_max" not in first.values
    assert "grad_norm_max" in second.values
    assert second.values["grad_norm_max"] == interrupted({}, set()).told[1].values["grad_norm_max"]


def test_the_state_of_another_run_is_refused() -> None:
    state = new({}).state_dict()
    for change, why in (({"seed": 4}, "its seed is 4, not 3"), ({"num_classes": 6}, "its num_classes is 6, not 5")):
        with pytest.raises(ValueError, match=why):
            new({}).load_state_dict(state | change)
    with pytest.raises(ValueError, match="its levels are not those of the run"):
        new({"lr": 0.02}).load_state_dict(state)


def test_the_state_of_an_earlier_version_is_refused() -> None:
    earlier = {name: new({}).state_dict()[name] for name in ("model", "optimizer", "epoch", "seed", "cell")}
    with pytest.raises(KeyError):
        new({}).load_state_dict(earlier)


def test_after_the_last_epoch_the_optimizer_is_left_out() -> None:
    training = new({})
    results = (result for result in steps(training, data()) if isinstance(result, EpochEnd))
    assert [training.state_dict()["optimizer"] is None for _ in results] == [False, False, True]
