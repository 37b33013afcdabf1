"""The fields that type checkers know are those that the API answers."""

import dataclasses
from importlib import import_module

import pytest
from pydantic import BaseModel, TypeAdapter

from api.schemas.experiments import ExperimentPosted
from api.schemas.lab import TaskView, WorkerView
from api.schemas.runs import RunBrief, RunDetail
from api.schemas.summary import Summary
from evenkeel.analysis import answered
from evenkeel.notebook import answers, results
from evenkeel.notebook.answer import Answer

ANSWERED = {
    answers.PostedFields: ExperimentPosted,
    answers.Run: RunBrief,
    answers.WholeRun: RunDetail,
    answers.Task: TaskView,
    answers.Worker: WorkerView,
}


@pytest.mark.parametrize("kind", ANSWERED, ids=lambda kind: kind.__name__)
def test_an_answer_names_every_field_of_its_schema_and_no_other(kind: type[Answer]) -> None:
    named = [name for each in kind.__mro__[::-1] for name in vars(each).get("__annotations__", {})]
    assert set(named) - {"library", "shown"} == set(ANSWERED[kind].model_fields)
    assert set(kind.shown) <= set(named)


@pytest.mark.parametrize("kind", [results.Summary, results.Effects, results.Comparisons, results.SeedsNeeded])
def test_an_answer_about_results_has_a_class_of_the_library(kind: type[Answer]) -> None:
    module, _, name = kind.library.partition(":")
    assert dataclasses.is_dataclass(getattr(import_module(module), name))


def test_the_librarys_summary_is_the_apis() -> None:
    def described(kind: type) -> dict[str, str]:
        schema = TypeAdapter(kind).json_schema()
        return {name: field["description"] for name, field in schema["properties"].items()}

    assert issubclass(Summary, BaseModel)
    assert described(answered.Summary) == described(Summary)
