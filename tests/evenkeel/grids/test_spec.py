"""What may be posted for a task."""

from typing import Any

import pytest
from pydantic import ValidationError

from evenkeel.grids.spec import grid_spec
from models.task import CLASSIFICATION

DEMO = CLASSIFICATION.presets["demo"]
GridSpec = grid_spec(CLASSIFICATION)


def refusals(**changes: Any) -> dict[str, str]:
    """Each refused field, with what is wrong with it."""
    with pytest.raises(ValidationError) as refused:
        GridSpec.model_validate({**DEMO, **changes})
    return {".".join(map(str, error["loc"])): error["msg"] for error in refused.value.errors()}


def test_seeds_are_a_count_or_a_list() -> None:
    assert list(GridSpec.model_validate({**DEMO, "seeds": 2}).seed_list) == [0, 1]
    assert list(GridSpec.model_validate({**DEMO, "seeds": [7, 3]}).seed_list) == [7, 3]


def test_a_grid_that_names_no_task_is_for_the_task_of_its_spec() -> None:
    assert GridSpec.model_validate(DEMO).task == "classification"
    assert GridSpec.model_validate({**DEMO, "task": "classification"}) == GridSpec.model_validate(DEMO)


def test_an_unknown_task_is_refused_with_those_that_exist() -> None:
    assert refusals(task="chess") == {"task": "Input should be 'classification'"}


def test_every_factor_has_its_range_and_its_description_in_a_grid() -> None:
    schema = GridSpec.model_json_schema()["$defs"]["Train"]["properties"]
    assert list(schema) == list(CLASSIFICATION.factors)
    assert schema["lr"]["description"] == "Learning rate (Keras' default for Adam)."
    assert refusals(train={"lr": -1.0}) == {"train.lr": "Input should be greater than 0"}
    assert list(refusals(grid={"learning_rate": [0.1]})) == ["grid.learning_rate"]


def test_the_example_in_the_docs_is_a_preset_of_the_task() -> None:
    assert GridSpec.model_json_schema()["examples"] == [DEMO]
