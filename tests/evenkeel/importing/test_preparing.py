"""What is imported from a source is decided from all of its runs."""

from typing import Any

import pytest

from evenkeel.importing.arrival import Choices
from evenkeel.importing.heads import Head, State
from evenkeel.importing.preparing import Asked, Prepared, prepare
from evenkeel.importing.problems import ImportProblem

ACC = frozenset({"val/acc"})


def heads_of(num_seeds: int = 4, **more: Any) -> list[Head]:
    """Two learning rates with some seeds. `host` tells every run apart."""
    return [
        Head(
            id=f"{lr}-{seed}",
            state=State.FINISHED,
            params={"lr": lr, "seed": seed, "host": f"node-{lr}-{seed}", "batch": 64},
            metrics=ACC,
            **more,
        )
        for lr in (0.1, 0.2)
        for seed in range(num_seeds)
    ]


def prepared(heads: list[Head], **asked: Any) -> Prepared:
    return prepare(heads, Asked(**{"ignore": ["host"], **asked}), None, ())


def test_the_seed_and_what_is_ignored_are_no_params() -> None:
    found = prepared(heads_of())
    assert found.params == {"lr": [0.1, 0.2], "batch": [64]}
    assert found.seeds["0.2-3"] == 3
    assert (found.num_runs, len(found.fresh)) == (8, 8)
    assert [metric.name for metric in found.choices.metrics] == ["val/acc"]


def test_a_param_that_tells_runs_apart_is_named_with_the_way_out() -> None:
    with pytest.raises(ImportProblem, match=r"another value of host than all others.*--ignore host"):
        prepared(heads_of(), ignore=None)
    assert prepared(heads_of(), ignore=None, factors=["lr"]).params == {"lr": [0.1, 0.2]}


def test_a_seed_may_be_a_tag_and_a_run_without_one_is_said_later() -> None:
    tagged = [Head(str(n), State.FINISHED, {"lr": 0.1}, {"trial": str(n)}, ACC) for n in range(3)]
    found = prepare([*tagged, Head("none", State.FINISHED, {"lr": 0.1}, {}, ACC)], Asked(seed="trial"), None, ())
    assert found.seeds == {"0": 0, "1": 1, "2": 2, "none": None}
    assert (found.num_runs, len(found.fresh)) == (3, 4)


def test_without_any_seed_the_params_that_could_be_one_are_named() -> None:
    with pytest.raises(
        ImportProblem, match=r"seed: no run has a param or a tag 'seed'.*whole numbers: batch, run_seed"
    ):
        prepared([Head("r", State.FINISHED, {"batch": 64, "run_seed": 3, "lr": 0.1}, {}, ACC)], ignore=None)


@pytest.mark.parametrize("field", ["ignore", "factors"])
def test_a_param_that_no_run_has_is_refused(field: str) -> None:
    with pytest.raises(ImportProblem, match=f"{field}: no run has a param 'hots'; params: lr, seed, host, batch"):
        prepared(heads_of(), **{field: ["hots"]})


def test_only_what_is_new_is_read() -> None:
    began = Choices.model_validate({"ignore": ["host"], "metrics": [{"name": "val/acc", "better": "higher"}]})
    found = prepare(heads_of(), Asked(), began, {f"{lr}-{seed}" for lr in (0.1, 0.2) for seed in range(3)})
    assert ([head.id for head in found.fresh], found.num_known) == (["0.1-3", "0.2-3"], 6)
    assert found.choices == began


def test_copies_of_the_labs_own_runs_are_no_source() -> None:
    with pytest.raises(ImportProblem, match="source: has only copies of runs that a lab trained"):
        prepared(heads_of(own=True))
    with pytest.raises(ImportProblem, match="source: has no run"):
        prepared([])
