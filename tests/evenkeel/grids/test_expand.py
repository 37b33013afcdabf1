"""A posted grid is expanded to its cells. If it asks too much, the error names the right key before that."""

import time
from typing import Any

import pytest
from pydantic import BaseModel

from evenkeel.grids.cell import Cell
from evenkeel.grids.expand import SpecError, expand
from evenkeel.grids.spec import grid_spec
from evenkeel.plugins import Metric, Panels, Task
from models.task import CLASSIFICATION

DEMO = CLASSIFICATION.presets["demo"]
GRID: dict[str, Any] = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he"]}
GridSpec = grid_spec(CLASSIFICATION)


def cells_of(**changes: Any) -> list[Cell]:
    return expand(GridSpec.model_validate({**DEMO, **changes}), max_runs=1000)


def levels_in_names(cells: list[Cell]) -> list[str]:
    return [cell.name.rpartition("-")[0] for cell in cells]


def test_the_demo_is_the_papers_eight_cells() -> None:
    assert levels_in_names(cells_of()) == [
        "yolo-batch-he",
        "yolo-batch-glorot",
        "yolo-none-he",
        "yolo-none-glorot",
        "resnet-batch-he",
        "resnet-batch-glorot",
        "resnet-none-he",
        "resnet-none-glorot",
    ]


def test_exclude_leaves_partial_cells_out() -> None:
    cells = cells_of(exclude=[{"arch": "yolo", "norm": "none"}, {"init": "glorot"}])
    assert levels_in_names(cells) == ["yolo-batch-he", "resnet-batch-he", "resnet-none-he"]


def test_a_cell_that_is_left_out_may_be_impossible() -> None:
    grid = DEMO["grid"] | {"image_size": [8, 32]}
    cells = cells_of(grid=grid, train={}, exclude=[{"arch": "resnet", "image_size": 8}])
    assert len(cells) == 12


def test_a_product_of_a_billion_is_refused_before_it_is_expanded() -> None:
    levels = [0.001 + i / 1e6 for i in range(100)]
    grid = DEMO["grid"] | {"lr": levels, "beta1": [x * 100 for x in levels], "adam_eps": levels, "batch_eps": levels}
    with pytest.raises(SpecError, match="at most 1,000 are allowed"):
        cells_of(grid=grid, train={}, seeds=100)


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


class Control(BaseModel):
    damped: bool
    depth: int = 1
    gain: float = 1.0


METRICS = (Metric("reward", "higher", 0.0, "", "Of an episode."),)
CONTROL = Task("control", 1, Control, METRICS, "reward", Panels("damped", "gain", "depth"))


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Task:
    """A task that this process knows during one test."""
    monkeypatch.setattr("evenkeel.grids.expand.known_tasks", lambda: {"control": CONTROL})
    return CONTROL


def excluding(task: Task, *exclude: dict[str, Any]) -> list[tuple[bool, int, float]]:
    """The levels of the cells that `exclude` leaves."""
    grid = {"damped": [True, False], "depth": [0, 1], "gain": [1.0, 2.5]}
    spec = grid_spec(task).model_validate({"name": "a", "grid": grid, "exclude": list(exclude)})
    return [tuple(cell.levels.values()) for cell in expand(spec, 100)]  # type: ignore[misc]


def test_true_and_false_are_left_out_like_any_other_level(control: Task) -> None:
    assert excluding(control, {"damped": True}, {"depth": 0, "gain": 1.0}) == [
        (False, 0, 2.5),
        (False, 1, 1.0),
        (False, 1, 2.5),
    ]


def test_a_whole_number_may_stand_for_an_equal_level_of_a_factor_of_fractions(control: Task) -> None:
    assert {gain for *_, gain in excluding(control, {"gain": 1})} == {2.5}


@pytest.mark.parametrize(
    ("exclude", "says"),
    [
        ({"damped": 1}, "1 is not a level of this grid; its levels: True, False"),
        ({"depth": True}, "True is not a level of this grid; its levels: 0, 1"),
        ({"gain": True}, "True is not a level of this grid; its levels: 1.0, 2.5"),
    ],
)
def test_true_is_not_the_number_one(control: Task, exclude: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError) as caught:
        excluding(control, exclude)
    assert caught.value.problem == says
