"""From a posted grid to its cells."""

import json
from pathlib import Path
from typing import Any

import pytest

import lab
from lab.cell import Cell, cell_labels
from lab.spec import GridSpec, SpecError, expand

DEMO: dict[str, Any] = json.loads((Path(lab.__file__).parent / "presets" / "demo.json").read_text())
CELL = {"arch": "yolo", "norm": "batch", "init": "he"}


def cells_of(**changes: Any) -> list[Cell]:
    return expand(GridSpec.model_validate(DEMO | changes), max_runs=1000)


def test_the_demo_is_the_papers_eight_cells() -> None:
    assert cell_labels(cells_of()) == [
        "yolo-batch-he",
        "yolo-batch-glorot",
        "yolo-none-he",
        "yolo-none-glorot",
        "resnet-batch-he",
        "resnet-batch-glorot",
        "resnet-none-he",
        "resnet-none-glorot",
    ]


def test_a_default_spelled_out_is_the_same_cell() -> None:
    bare = Cell.model_validate(CELL)
    assert Cell.model_validate(CELL | {"lr": 0.001, "batch_size": 64}).hash == bare.hash
    assert Cell.model_validate(CELL | {"lr": 0.002}).hash != bare.hash


def test_labels_name_what_varies_beyond_arch_norm_and_init() -> None:
    cells = cells_of(grid=DEMO["grid"] | {"lr": [0.001, 0.01]}, train={"width": 0.25})
    assert len(cells) == 16
    assert cell_labels(cells)[0] == "yolo-batch-he-lr=0.001"


def test_exclude_leaves_partial_cells_out() -> None:
    cells = cells_of(exclude=[{"arch": "yolo", "norm": "none"}, {"init": "glorot"}])
    assert cell_labels(cells) == ["yolo-batch-he", "resnet-batch-he", "resnet-none-he"]


def test_a_cell_that_is_left_out_may_be_impossible() -> None:
    grid = DEMO["grid"] | {"image_size": [8, 32]}
    cells = cells_of(grid=grid, train={}, exclude=[{"arch": "resnet", "image_size": 8}])
    assert len(cells) == 12


def test_a_product_of_a_billion_is_refused_before_it_is_expanded() -> None:
    levels = [0.001 + i / 1e6 for i in range(100)]
    grid = DEMO["grid"] | {"lr": levels, "beta1": [x * 100 for x in levels], "adam_eps": levels, "batch_eps": levels}
    with pytest.raises(SpecError, match="at most 1,000 are allowed"):
        cells_of(grid=grid, train={}, seeds=100)


def test_seeds_are_a_count_or_a_list() -> None:
    assert list(GridSpec.model_validate(DEMO | {"seeds": 2}).seed_list) == [0, 1]
    assert list(GridSpec.model_validate(DEMO | {"seeds": [7, 3]}).seed_list) == [7, 3]
