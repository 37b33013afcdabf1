"""Levels that plug-ins bring train as the lab's own do: the same bits from the same code, resumed exactly, measured."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from packages import install
from torch import Tensor, nn

from evenkeel.grids.announced import with_levels
from evenkeel.plugins import AnnouncedLevel, EpochEnd, Finished, Package
from models.extra import Extra, LevelError, extra_levels
from models.norms import NormLayer
from models.task import CLASSIFICATION, Classification
from models.yolo import TinyYolo
from trainer.classification.data import Splits, whole
from trainer.classification.diagnostics import Diagnostics
from trainer.classification.levels import load_levels
from trainer.classification.loop import TrainingState, prepare, steps
from trainer.classification.optim import lr_at, make_optimizer, set_step
from trainer.generators import generator_states, restore_generators, seed_generators
from trainer.plugins.load import PluginError

PACKAGE = Package("lab-nets", "0.1.0")
TINY = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 8, "width": 0.03125, "epochs": 2} | {
    "batch_size": 8, "lr": 0.01, "warmup_epochs": 1, "schedule": "cosine", "grad_clip": 1.0,
}  # fmt: skip


class Odd(nn.Module):
    """Uses one ReLU in layers of two widths, tokens, dropout, the global generator, and weights of its own."""

    def __init__(self, num_classes: int, norm: NormLayer) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, padding=1), norm(8)
        self.relu, self.dropout = nn.ReLU(), nn.Dropout(0.3)
        self.tokens = nn.Linear(8, 5)
        self.gain = nn.Parameter(torch.rand(5))
        self.unused = nn.Parameter(torch.rand(3))
        self.classifier = nn.Linear(5, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        features = self.relu(self.norm(self.first(images)))  # (B, 8, H, W)
        tokens = self.relu(self.tokens(features.flatten(2).transpose(1, 2)))  # (B, H * W, 5)
        noise = torch.rand(1).item() if self.training else 0.5
        logits: Tensor = self.classifier(self.dropout(tokens.mean(1)) * self.gain + noise)
        return logits


class Signs(torch.optim.Optimizer):
    """Follows the sign of a running mean of the gradient."""

    def __init__(self, weights: list[nn.Parameter], lr: float, beta: float) -> None:
        super().__init__(weights, {"lr": lr, "beta": beta})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    mean = self.state[weight].setdefault("mean", torch.zeros_like(weight))
                    mean.lerp_(weight.grad, 1 - group["beta"])
                    weight.sub_(group["lr"] * mean.sign())


CODE: dict[str, dict[str, Callable[..., Any]]] = {
    "arch": {
        "copy": lambda num_classes, image_size, width, norm: TinyYolo(norm, num_classes, image_size, width),
        "odd": lambda num_classes, image_size, width, norm: Odd(num_classes, norm),
    },
    "norm": {"bare": lambda channels: nn.GroupNorm(1, channels, affine=False)},
    "init": {"small": lambda weight, generator, fan_in, fan_out: weight.normal_(0, 0.1, generator=generator)},
    "optimizer": {
        "copied_adam": lambda weights, cell: torch.optim.Adam(
            weights, cell.lr, (cell.beta1, cell.beta2), cell.adam_eps, cell.weight_decay, fused=True
        ),
        "signs": lambda weights, cell: Signs(weights, cell.lr / 10, cell.beta1),
        "lbfgs": lambda weights, cell: torch.optim.LBFGS(weights, cell.lr),
        "none": lambda weights, cell: "no optimizer",
    },
}


@pytest.fixture(autouse=True)
def handed_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for factor, codes in CODE.items():
        for level, code in codes.items():
            monkeypatch.setitem(extra_levels[factor], level, Extra(factor, level, code, str(PACKAGE)))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@cache
def wider() -> type[Classification]:
    """The parameters of the task, with the levels of `CODE`."""
    levels = [
        AnnouncedLevel("classification", factor, level, PACKAGE) for factor, codes in CODE.items() for level in codes
    ]
    parameters: Any = with_levels(CLASSIFICATION, levels).parameters
    return parameters


def cell(**levels: Any) -> Classification:
    return wider().model_validate(TINY | levels)


@cache
def data() -> Splits:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (68, 8, 8, 3), dtype=torch.uint8, generator=generator)
    labels = torch.randint(5, (68,), generator=generator)
    return Splits(whole(images[:36], labels[:36]), whole(images[36:], labels[36:]), 5)


def new(**levels: Any) -> TrainingState:
    return prepare(cell(**levels), 3, data().num_classes, torch.device("cpu"))


def trained(at: set[int], **levels: Any) -> tuple[list[Any], dict[str, Tensor]]:
    """What a run measures, and its weights. It is saved and goes on as another after the yields in `at`."""
    seed_generators(3)
    told, count, training = list[Any](), 0, new(**levels)
    while True:
        for result in steps(training, data()):
            if isinstance(result, EpochEnd):
                told.append(replace(result, seconds=0.0))
            if isinstance(result, Finished):
                return [*told, result.outcome], training.model.state_dict()
            count += 1
            if count in at:
                buffer = io.BytesIO()
                torch.save({"training": training.state_dict(), "generators": generator_states()}, buffer)
                buffer.seek(0)
                saved = torch.load(buffer, weights_only=True)
                seed_generators(99)
                training = new(**levels)
                training.load_state_dict(saved["training"])
                restore_generators(saved["generators"])
                break


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.slow  # trains, as the next two do
def test_a_copy_of_a_built_in_network_or_optimizer_trains_to_the_same_bits() -> None:
    told, weights = trained(set())
    for levels in ({"arch": "copy"}, {"optimizer": "copied_adam"}):
        theirs, their_weights = trained(set(), **levels)
        assert theirs == told
        assert same(their_weights, weights)


@pytest.mark.slow
@pytest.mark.parametrize(
    "levels",
    [
        {"arch": "odd", "optimizer": "signs"},
        {"arch": "odd", "norm": "bare", "init": "small", "precision": "bf16", "augment": "crop"},
        {"arch": "vgg", "norm": "bare", "optimizer": "copied_adam"},
    ],
    ids=lambda levels: "-".join(map(str, levels.values())),
)
def test_a_run_with_levels_of_plug_ins_goes_on_after_any_step_with_the_same_bits(levels: dict[str, Any]) -> None:
    told, weights = trained(set(), **levels)
    again, same_weights = trained(set(), **levels)
    assert (again, same(same_weights, weights)) == (told, True)
    resumed, their_weights = trained(set(range(1, 13)), **levels)
    assert resumed == told
    assert same(their_weights, weights)
    assert all(epoch.values["grad_norm_max"] > 0 for epoch in told[:-1])


@pytest.mark.slow
def test_what_such_a_run_measures_has_all_diagnostics() -> None:
    told, _ = trained(set(), arch="odd")
    assert all(value is not None for value in told[0].values.values())


def test_units_are_found_in_tokens_and_in_a_module_that_layers_of_two_widths_share() -> None:
    odd = Odd(5, nn.BatchNorm2d)
    with torch.no_grad():
        odd.tokens.bias[:2] = -1e6
    diagnostics = Diagnostics(odd)
    with diagnostics.watching_units():
        odd(torch.rand(4, 3, 8, 8))
    other = Diagnostics(odd)
    other.load_state_dict(diagnostics.state_dict())
    assert diagnostics.read()["dead_units"] == other.read()["dead_units"] == pytest.approx(2 / 5)


def test_a_checkpoint_names_the_packages_and_another_version_does_not_go_on_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = new(arch="odd", norm="bare").state_dict()
    assert state["packages"] == {"arch": "lab-nets==0.1.0", "norm": "lab-nets==0.1.0"}
    assert new().state_dict()["packages"] == {}
    monkeypatch.setitem(extra_levels["arch"], "odd", Extra("arch", "odd", CODE["arch"]["odd"], "lab-nets==0.2.0"))
    with pytest.raises(ValueError, match=r"its levels are of the packages .*'arch': 'lab-nets==0.1.0'"):
        new(arch="odd", norm="bare").load_state_dict(state)


def test_each_group_of_a_plug_ins_optimizer_takes_the_course_of_the_schedule_from_its_own_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights = [nn.Parameter(torch.zeros(1)) for _ in range(3)]

    def in_groups(weights: list[nn.Parameter], cell: Classification) -> torch.optim.Optimizer:
        groups = [{"params": weights[:1]}, {"params": weights[1:2], "lr": 0.5, "eps": 0.25}, {"params": weights[2:]}]
        return torch.optim.Adam(groups, cell.lr, eps=0.125)

    monkeypatch.setitem(extra_levels["optimizer"], "signs", Extra("optimizer", "signs", in_groups))
    levels = cell(optimizer="signs", epochs=4)
    fresh = make_optimizer(weights, levels)
    for step in range(20):
        set_step(fresh, levels, step, 5)
        rate = lr_at(levels, step, 5)
        assert [group["lr"] for group in fresh.param_groups] == [rate, pytest.approx(rate * 50), rate]
        assert [group["eps"] for group in fresh.param_groups] == [0.125, 0.25, 0.125]
    resumed = make_optimizer(weights, levels)
    resumed.load_state_dict(fresh.state_dict())
    set_step(resumed, levels, 3, 5)
    assert resumed.param_groups[1]["lr"] == pytest.approx(0.5 * 4 / 5)


@pytest.mark.parametrize(
    ("optimizer", "problem"),
    [
        ("lbfgs", "optimizer 'lbfgs' of lab-nets==0.1.0: its step needs a closure"),
        ("none", "optimizer 'none' of lab-nets==0.1.0 must return a torch.optim.optimizer.Optimizer, not str"),
    ],
)
def test_an_optimizer_that_cannot_be_used_is_named_with_its_package(optimizer: str, problem: str) -> None:
    with pytest.raises(LevelError, match=problem):
        new(optimizer=optimizer)


def test_the_code_of_a_level_is_loaded_from_the_package_that_brings_it_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "def build(num_classes, image_size, width, norm):\n    return None\n"
    entries = {"evenkeel.archs": {"copy": "own_nets:build"}, "evenkeel.norms": {"bare": "own_nets:gone"}}
    install(tmp_path, "own-nets", {"own_nets.py": code}, entries, "0.3.0")
    monkeypatch.syspath_prepend(tmp_path)
    for factor in ("arch", "norm"):
        monkeypatch.setitem(extra_levels, factor, {})
    load_levels(cell(arch="copy"))
    loaded = extra_levels["arch"]["copy"]
    assert loaded.package == "own-nets==0.3.0"
    load_levels(cell(arch="copy", norm="none"))
    assert extra_levels["arch"]["copy"] is loaded
    with pytest.raises(AttributeError, match="gone"):
        load_levels(cell(norm="bare"))
    with pytest.raises(PluginError, match=r"evenkeel\.archs"):
        load_levels(cell(arch="odd"))
