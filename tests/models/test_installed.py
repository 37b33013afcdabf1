"""A checkpoint of a plug-in's network is read with the code that is handed in or installed, or says what is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

import models
import models.installed
from evenkeel.plugins import Package
from models.extra import Extra, extra_levels
from models.norms import NormLayer
from models.yolo import TinyYolo
from models.zoo import build_model

LEVELS = {"arch": "mine", "norm": "own", "init": "drawn", "optimizer": "stepper", "image_size": 8, "width": 0.03125}


def build(num_classes: int, image_size: int, width: float, norm: NormLayer) -> TinyYolo:
    return TinyYolo(norm, num_classes, image_size, width)


def own_norm(channels: int) -> torch.nn.Module:
    return torch.nn.GroupNorm(1, channels)


@dataclass(frozen=True)
class Installed:
    group: str
    name: str
    package: Package
    code: Callable[..., Any]
    clashes: tuple[str, ...] = ()

    def load(self) -> Callable[..., Any]:
        return self.code


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for factor in ("arch", "norm"):
        monkeypatch.setitem(extra_levels, factor, {})
    monkeypatch.setattr(models.installed, "find_plugins", lambda allowed: [])


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    with monkeypatch.context() as patch:
        patch.setitem(extra_levels["arch"], "mine", Extra("arch", "mine", build))
        patch.setitem(extra_levels["norm"], "own", Extra("norm", "own", own_norm))
        network = build_model("mine", "own", "he", 10, 8, 0.03125, torch.Generator().manual_seed(0))
    packages = dict.fromkeys(("arch", "norm", "init", "optimizer"), "lab-nets==0.1.0")
    state = {"model": network.state_dict(), "cell": LEVELS, "num_classes": 10, "packages": packages, "optimizer": None}
    torch.save(state, tmp_path / "epoch-0002.pt")
    return tmp_path / "epoch-0002.pt"


def install(monkeypatch: pytest.MonkeyPatch, package: Package, **codes: Callable[..., Any]) -> None:
    found = [Installed(f"evenkeel.{factor}s", LEVELS[factor], package, code) for factor, code in codes.items()]
    monkeypatch.setattr(models.installed, "find_plugins", lambda allowed: found)


def test_the_package_that_is_missing_is_named(path: Path) -> None:
    missing = r"arch 'mine' comes from lab-nets==0.1.0, which is not installed here; run: pip install lab-nets==0.1.0"
    with pytest.raises(ValueError, match=f"{path}: {missing}"):
        models.load(path)


def test_code_that_was_handed_in_is_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extra_levels["arch"], "mine", Extra("arch", "mine", build))
    monkeypatch.setitem(extra_levels["norm"], "own", Extra("norm", "own", own_norm))
    network = models.load(path)
    assert network(torch.zeros(2, 3, 8, 8)).shape == (2, 10)
    assert network.cell.model_dump()["arch"] == "mine"
    weights = models.read_checkpoint(path)["model"]
    assert all(torch.equal(tensor, weights[name]) for name, tensor in network.network.state_dict().items())


def test_the_arch_and_the_norm_of_an_installed_package_are_used_and_nothing_else_of_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never() -> None:
        raise AssertionError("the code of another package, or of a level that the network does not need")

    install(monkeypatch, Package("other", "0.1.0"), arch=never)
    with pytest.raises(ValueError, match=r"comes from lab-nets==0.1.0, which is not installed"):
        models.load(path)
    install(monkeypatch, Package("lab-nets", "0.1.0"), arch=build, norm=own_norm, init=never, optimizer=never)
    assert models.load(path).num_classes == 10


def test_another_version_of_the_package_is_used_with_a_warning(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Package("lab-nets", "0.2.0"), arch=build, norm=own_norm)
    with pytest.warns(UserWarning, match=r"was trained with lab-nets==0.1.0, and lab-nets==0.2.0 is installed here"):
        models.load(path)


def test_no_package_is_loaded_where_none_is_allowed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Package("lab-nets", "0.1.0"), arch=build, norm=own_norm)
    monkeypatch.setenv("EVENKEEL_PLUGINS", "none")
    with pytest.raises(ValueError, match=r"comes from lab-nets==0.1.0, which is not installed"):
        models.load(path)


def test_a_package_whose_code_does_not_fit_the_weights_or_fails_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wider(num_classes: int, image_size: int, width: float, norm: NormLayer) -> TinyYolo:
        return TinyYolo(norm, num_classes, image_size, 2 * width)

    install(monkeypatch, Package("lab-nets", "0.1.0"), arch=wider, norm=own_norm)
    with pytest.raises(ValueError, match=f"{path}: its weights do not fit"):
        models.load(path)
    extra_levels["arch"].clear()
    install(monkeypatch, Package("lab-nets", "0.1.0"), arch=lambda: None, norm=own_norm)
    with pytest.raises(ValueError, match=f"{path}: arch 'mine' of lab-nets==0.1.0 fails for 10 classes"):
        models.load(path)


def test_a_level_that_neither_this_version_nor_a_package_knows_is_still_refused(path: Path) -> None:
    state = models.read_checkpoint(path) | {"packages": {}}
    torch.save(state, path)
    with pytest.raises(ValueError, match="levels that this version of Evenkeel does not know: arch='mine'"):
        models.load(path)
