"""A level is read as a table or a figure shows it: people copy what they see."""

from typing import Any

import pytest

from evenkeel.figures.levels import call_level
from evenkeel.grids.levels import show
from evenkeel.grids.spellings import NotRead, read_filter
from evenkeel.grids.tasks import known_tasks

CLASSIFICATION = known_tasks()["classification"]
TASK: dict[str, Any] = {
    "name": "classification",
    "parameters": CLASSIFICATION.parameters.model_json_schema(),
    "labels": dict(CLASSIFICATION.labels),
    "levels": [{"factor": "arch", "level": "mixer"}],
}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("lr=0.01", ("lr", "0.01")),
        ("lr = 0.01", ("lr", "0.01")),
        ("lr 0.01", ("lr", "0.01")),
        ("lr: 1e-05", ("lr", "1e-05")),
        ("learning rate 0.01", ("lr", "0.01")),
        ("Learning rate 0.01", ("lr", "0.01")),
        ("norm none", ("norm", "none")),
        ("norm=without norm", ("norm", "none")),
        ("with batch norm", ("norm", "batch")),
        ("He", ("init", "he")),
        ("init=He", ("init", "he")),
        ("initialisation Glorot", ("init", "glorot")),
        ("He, zero residual", ("init", "zero_residual")),
        ("Tiny-YOLO", ("arch", "yolo")),
        ("ResNet26 without skips", ("arch", "plain")),
        ("arch mixer", ("arch", "mixer")),
        ("batch size 64", ("batch_size", "64")),
        ("batch_size 64", ("batch_size", "64")),
        ("batch-size=64", ("batch_size", "64")),
        ("colour=blue", ("colour", "blue")),
    ],
)
def test_every_spelling_of_a_level_is_read(text: str, meant: tuple[str, str]) -> None:
    assert read_filter(text, [TASK]) == meant


@pytest.mark.parametrize(
    ("factor", "level"), [("lr", 0.003), ("arch", "vgg"), ("init", "he"), ("batch_size", 64), ("width", 0.125)]
)
def test_what_a_figure_shows_is_read_back(factor: str, level: Any) -> None:
    for text in (call_level(CLASSIFICATION, factor, level), f"{factor}={show(level)}", f"{factor} {show(level)}"):
        assert read_filter(text, [TASK]) == (factor, show(level))


def test_a_level_that_several_factors_have_is_refused_with_its_spellings() -> None:
    with pytest.raises(NotRead, match=r"several factors have this level; write one of .*'norm=none'"):
        read_filter("none", [TASK])


@pytest.mark.parametrize("text", ["", "nonsense", "lr", "lr=", "=0.1"])
def test_what_names_no_level_is_refused(text: str) -> None:
    with pytest.raises(NotRead, match=r"write it as factor=level, for example lr=0\.003"):
        read_filter(text, [TASK])


def test_a_param_of_an_import_is_read_by_its_own_name() -> None:
    task = {"name": "import:x", "parameters": {"properties": {"opt_lr": {}}}, "labels": {"opt_lr": "opt.lr"}}
    assert read_filter("opt.lr=0.1", [task]) == ("opt_lr", "0.1")
