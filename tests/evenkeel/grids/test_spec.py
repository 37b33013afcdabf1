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


RULE = {"min": 3, "max": 12, "until": {"half_width": 0.01}}


def test_seeds_may_be_a_rule_which_starts_with_the_fewest() -> None:
    spec = GridSpec.model_validate({**DEMO, "seeds": RULE})
    assert spec.seed_rule is not None
    assert (list(spec.seed_list), spec.most_seeds, spec.seed_rule.level_shares) == ([0, 1, 2], 12, 2)
    assert spec.count() == 4 * GridSpec.model_validate({**DEMO, "seeds": 3}).count()
    decided = GridSpec.model_validate({**DEMO, "seeds": RULE | {"until": {"decided": "norm"}}}).seed_rule
    assert decided is not None
    assert decided.level_shares == 10


@pytest.mark.parametrize(
    ("changes", "field", "allowed"),
    [
        ({"min": 1}, "seeds.min", "greater than or equal to 2"),
        ({"max": 2}, "seeds", "max must be at least min, which is 3"),
        ({"max": 10**6}, "seeds.max", "less than or equal to 100000"),
        ({"until": {}}, "seeds.until", "exactly one of: half_width, decided"),
        ({"until": {"half_width": 0.1, "decided": "norm"}}, "seeds.until", "exactly one of: half_width, decided"),
        ({"until": {"half_width": 0}}, "seeds.until.half_width", "greater than 0"),
        ({"until": {"half_width": float("inf")}}, "seeds.until.half_width", "finite"),
        ({"most": 3}, "seeds.most", "not permitted"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field_and_what_is_allowed(
    changes: dict[str, Any], field: str, allowed: str
) -> None:
    [(refused, said)] = refusals(seeds=RULE | changes).items()
    assert refused == field
    assert allowed in said
