"""The code of a level that a plug-in brings is handed in, and nothing else gets in its place."""

import subprocess
import sys

import pytest

from models.extra import BUILT_IN, Extra, LevelError, extra_level, extra_levels, packages_of, register

PLAIN = {"arch": "yolo", "norm": "batch", "init": "he", "optimizer": "adam", "lr": 0.1}


def build() -> None: ...


def test_what_was_handed_in_is_found_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extra_levels, "norm", {})
    register("norm", "quiet", build, "lab-nets==0.1.0")
    assert extra_level("norm", "quiet") == Extra("norm", "quiet", build, "lab-nets==0.1.0")
    assert str(extra_level("norm", "quiet")) == "norm 'quiet' of lab-nets==0.1.0"
    assert packages_of(PLAIN) == {}
    assert packages_of(PLAIN | {"norm": "quiet"}) == {"norm": "lab-nets==0.1.0"}


@pytest.mark.parametrize(
    ("factor", "level", "code", "problem"),
    [
        ("arch", "yolo", build, "arch 'yolo' of nets==1: a built-in level has this name"),
        ("augment", "cutout", build, "'augment' takes no levels of plug-ins; these factors do: arch, norm, init, opt"),
        ("arch", "mine", "lab_nets.mine:build", "arch 'mine' of nets==1: must be a function, not str"),
    ],
)
def test_what_is_no_new_level_is_refused(factor: str, level: str, code: object, problem: str) -> None:
    with pytest.raises(LevelError, match=problem):
        register(factor, level, code, "nets==1")  # type: ignore[arg-type]
    assert all(not levels for levels in extra_levels.values())


@pytest.mark.parametrize("factor", BUILT_IN)
def test_a_level_that_nobody_brings_is_named_beside_those_that_are_known(factor: str) -> None:
    known = ", ".join(BUILT_IN[factor])
    with pytest.raises(LevelError, match=f"{factor} 'mine' is not built in, and no package here .* known: {known}"):
        extra_level(factor, "mine")


def test_no_torch_is_needed_and_nothing_is_looked_for() -> None:
    code = "import models.extra, sys; assert not {'torch', 'importlib.metadata', 'pydantic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
