"""What a grid may not ask for, said of the right key before anything is expanded."""

import time
from typing import Any

import pytest

from lab.cell import FACTORS, Cell
from lab.spec import GridSpec, SpecError, expand

GRID: dict[str, Any] = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he"]}
CELL = {"arch": "yolo", "norm": "batch", "init": "he"}


@pytest.mark.parametrize(
    ("body", "field", "allowed"),
    [
        ({"grid": GRID | {"lr": [0.1, 0.2, 0.1]}}, "grid.lr", "repeats the level 0.1"),
        ({"train": {"arch": "yolo"}}, "train.arch", "one of them"),
        ({"grid": {"norm": ["none"], "init": ["he"]}}, "grid.arch", "'yolo', 'resnet'"),
        ({"grid": GRID | {"image_size": [8, 32]}}, "grid.image_size", "16 to 512"),
        ({"train": {"image_size": 8}}, "train.image_size", "16 to 512"),
        ({"train": {"batch_size": 1}}, "train.batch_size", "at least 2"),
        ({"exclude": [{"arch": "yolo"}, {"lr": 0.1}]}, "exclude.1.lr", "arch, norm, init"),
        ({"exclude": [{"arch": ["yolo"]}]}, "exclude.0.arch", "'yolo', 'resnet'"),
        ({"exclude": [{"arch": "yolo"}, {"arch": "resnet"}]}, "exclude", "at least one"),
    ],
)
def test_a_grid_that_cannot_run_names_the_key_and_what_is_allowed(
    body: dict[str, Any], field: str, allowed: str
) -> None:
    with pytest.raises(SpecError) as caught:
        expand(GridSpec.model_validate({"name": "a", "grid": GRID} | body), max_runs=1000)
    assert caught.value.field == field
    assert allowed in caught.value.problem


def test_a_cell_that_cannot_be_built_is_fine_once_it_is_left_out() -> None:
    body = {"name": "a", "grid": GRID | {"batch_size": [1, 2]}, "exclude": [{"norm": "batch", "batch_size": 1}]}
    assert len(expand(GridSpec.model_validate(body), max_runs=1000)) == 6


def test_a_billion_runs_are_refused_in_less_than_a_second() -> None:
    levels = {name: [0.1 + i / 1000 for i in range(100)] for name in ("lr", "beta1", "beta2", "leaky_slope")}
    spec = GridSpec.model_validate({"name": "a", "grid": GRID | levels, "seeds": 3})
    assert spec.count() == 4 * 100**4 * 3
    begun = time.perf_counter()
    with pytest.raises(SpecError, match="1,200,000,000 runs"):
        expand(spec, max_runs=1000)
    assert time.perf_counter() - begun < 1


def test_exactly_as_many_runs_as_allowed_are_allowed() -> None:
    spec = GridSpec.model_validate({"name": "a", "grid": GRID, "seeds": 5})
    assert len(expand(spec, max_runs=20)) == 4
    with pytest.raises(SpecError):
        expand(spec, max_runs=19)


def test_every_default_spelled_out_is_the_same_cell_and_every_other_value_is_not() -> None:
    bare = Cell.model_validate(CELL)
    full = bare.model_dump(mode="json")
    assert set(full) == set(FACTORS)
    assert Cell.model_validate(full).hash == bare.hash
    other = {"arch": "resnet", "norm": "none", "init": "glorot"} | {
        name: (full[name] or 0.5) / 2 if isinstance(full[name], float) else full[name] + 1
        for name in full
        if not isinstance(full[name], str)
    }
    hashes = [Cell.model_validate(full | {name: value}).hash for name, value in other.items()]
    assert len({bare.hash, *hashes}) == 1 + len(other)
