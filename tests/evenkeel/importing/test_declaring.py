"""The task of imported runs grows with them, and the cells that exist keep their hashes."""

from typing import Any

import pytest
from elsewhere import a_batch, a_run

from evenkeel.grids.announced import task_of
from evenkeel.grids.cell import make_cell
from evenkeel.importing.declaring import declare, kept_of
from evenkeel.importing.problems import ImportProblem
from evenkeel.plugins import AnnouncedTask


def batch_of(*params: dict[str, Any], **more: Any) -> Any:
    return a_batch(*(a_run(f"r{place}", place, each, [0.5, 0.6]) for place, each in enumerate(params)), **more)


def again(task: AnnouncedTask) -> AnnouncedTask:
    """The task as the store hands it out."""
    return AnnouncedTask.from_json(task.to_json())


def hash_of(task: AnnouncedTask, **levels: Any) -> str:
    return make_cell(task_of(task), levels).hash


def test_params_that_vary_are_factors_and_the_others_are_none() -> None:
    task, kept = declare(None, batch_of({"lr": 0.1, "batch": 64, "opt": "sgd"}, {"lr": 0.2, "batch": 64}))
    assert (task.name, task_of(task).factors) == ("imported:elsewhere", ("lr", "opt"))
    assert kept.params.constants == {"batch": 64}
    assert task.parameters["properties"]["opt"]["type"] == ["null", "string"]
    assert task.panels == ("opt", "opt", "lr")


def test_a_param_that_varies_only_later_keeps_the_hashes_of_earlier_cells() -> None:
    first, _ = declare(None, batch_of({"lr": 0.1, "batch": 64}, {"lr": 0.2, "batch": 64}))
    second, _ = declare(again(first), batch_of({"lr": 0.1, "batch": 32, "dropout": 0.5}))
    levels = task_of(second).parameters.model_fields
    assert (levels["batch"].default, levels["dropout"].default) == (64, None)
    assert hash_of(second, lr=0.2) == hash_of(second, lr=0.2, batch=64, dropout=None) == hash_of(first, lr=0.2)
    assert second.panels == first.panels


def test_a_factor_that_gets_other_kinds_of_levels_keeps_the_hashes_of_its_own() -> None:
    for levels, more in ([64, 32], "auto"), ([True, False], 0.5), (["a", "b"], 7), ([0.5, 0.1], True):
        first, _ = declare(None, batch_of(*({"factor": level} for level in levels)))
        second, kept = declare(again(first), batch_of({"factor": more}))
        assert hash_of(second, factor=levels[1]) == hash_of(first, factor=levels[1])
        fitted = kept.params.factors["factor"].level(more)
        assert make_cell(task_of(second), {"factor": fitted}).levels == {"factor": fitted}


def test_a_level_that_would_change_others_is_refused() -> None:
    first, _ = declare(None, batch_of({"layers": 1}, {"layers": 2}))
    with pytest.raises(ImportProblem, match="'layers' has been a whole number in this experiment"):
        declare(again(first), batch_of({"layers": 0.5}))


def test_truths_among_numbers_are_words() -> None:
    _, kept = declare(None, batch_of({"smoothing": False}, {"smoothing": 0.1}))
    factor = kept.params.factors["smoothing"]
    assert (factor.level(False), factor.level(0.1), sorted(factor.kinds)) == ("false", 0.1, ["number", "string"])


def test_runs_that_differ_in_nothing_are_one_cell() -> None:
    task, _ = declare(None, batch_of({"lr": 0.1}, {"lr": 0.1}))
    assert make_cell(task_of(task), {}).name.startswith("all-")
    grown, _ = declare(again(task), batch_of({"lr": 0.2}))
    assert hash_of(grown, lr=0.1) == hash_of(task)


def test_an_experiment_keeps_what_it_began_with() -> None:
    first, _ = declare(None, batch_of({"lr": 0.1, "host": "a"}, {"lr": 0.2, "host": "a"}))
    for choices, field in (
        ({"seed": "random_state"}, "seed"),
        ({"metrics": [{"name": "val/acc", "better": "lower"}]}, "metrics"),
        ({"factors": ["lr"]}, "factors"),
        ({"ignore": ["lr"]}, "ignore"),
    ):
        wanted = {"metrics": [{"name": "val/acc", "better": "higher"}], **choices}
        with pytest.raises(ImportProblem, match=f"^{field}: .*new experiment"):
            declare(again(first), batch_of({"lr": 0.1}, choices=wanted))
    ignoring = {"metrics": [{"name": "val/acc", "better": "higher"}], "ignore": ["host"]}
    second, kept = declare(again(first), batch_of({"lr": 0.1, "host": "b"}, choices=ignoring))
    assert "host" not in task_of(second).factors
    assert kept.choices.ignore == kept_of(again(second)).choices.ignore == ["host"]


def test_a_metric_is_a_share_as_long_as_its_values_are() -> None:
    first, _ = declare(None, batch_of({"lr": 0.1}))
    assert (first.metrics[0].name, first.metrics[0].label, first.metrics[0].unit) == ("val_acc", "val/acc", "share")
    percent, _ = declare(again(first), a_batch(a_run("r", 0, {"lr": 0.1}, [55.0])))
    back, _ = declare(again(percent), batch_of({"lr": 0.1}))
    assert [(task.metrics[0].unit, task.metrics[0].worst) for task in (percent, back)] == [("", -float("inf"))] * 2


def test_the_longest_run_says_how_many_epochs_there_are() -> None:
    first, _ = declare(None, a_batch(a_run("r", 0, {}, [0.5] * 7), a_run("k", 1, {}, [0.5] * 9, state="killed")))
    second, _ = declare(again(first), a_batch(a_run("s", 2, {}, [0.5] * 5)))
    assert (first.epochs, second.epochs) == (7, 7)
