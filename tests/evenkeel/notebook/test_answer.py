"""An answer is a dict of the API's JSON, whose fields are attributes, too."""

import copy
import doctest
import json
import pickle
import sys
from typing import Any

import pytest

from evenkeel.notebook import answer, answers, results
from evenkeel.notebook.answer import Answer, Rows
from evenkeel.talk import EvenkeelError

EXPERIMENT = {
    "name": "demo",
    "num_runs": {"total": 3, "status": {"queued": 2, "running": 1}},
    "left_out": [{"hash": "0123"}],
    "seeds": [0, 1, 2],
    "replication": None,
}
RUN = {"id": "0123abcd", "seed": 3, "history": [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1, "jump": None}]}


def kinds() -> list[type[Answer]]:
    found = [kind for module in (answers, results) for kind in vars(module).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, Answer)]


def test_the_examples_are_true() -> None:
    assert doctest.testmod(answer) == (0, 2)


def test_an_answer_is_the_dict_that_it_always_was() -> None:
    found = answers.Experiment(EXPERIMENT)
    assert found == EXPERIMENT
    assert json.loads(json.dumps(found)) == EXPERIMENT
    assert found["num_runs"]["status"]["queued"] == 2
    assert (found | {"name": "other"})["name"] == "other"


def test_its_fields_are_attributes_however_deep() -> None:
    found = answers.Experiment(EXPERIMENT)
    assert (found.name, found.num_runs.total, found.left_out[0].hash, found.replication) == ("demo", 3, "0123", None)
    assert {"num_runs", "seeds"} <= set(dir(found))


def test_a_field_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        AttributeError, match=r"^Experiment has no field 'num_run'; its fields: name, num_runs, left_out"
    ):
        _ = answers.Experiment(EXPERIMENT).num_run  # type: ignore[attr-defined]


def test_a_copy_and_a_pickle_are_the_same_answer_without_its_client() -> None:
    found = answers.Posted({"name": "demo"}, lab=object())  # type: ignore[arg-type]
    for again in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):  # noqa: S301
        assert (type(again), again, again._lab) == (answers.Posted, found, None)
    with pytest.raises(EvenkeelError, match=r"a copy of an answer has no client; ask it: lab.wait\('demo'\)"):
        copy.copy(found).wait()


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_no_field_has_the_name_of_something_that_every_answer_has(kind: type[Answer]) -> None:
    fields = {name for each in kind.__mro__ for name in vars(each).get("__annotations__", {})} - {"library", "shown"}
    assert fields & set(dir(Answer)) == set()


def test_an_answer_of_another_version_says_so_and_stays_a_dict() -> None:
    found = results.SeedsNeeded({"cell": "a", "metric": "loss"})
    with pytest.raises(EvenkeelError, match="so the API has another version"):
        _ = found.says
    assert found["cell"] == "a"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_list_of_answers_has_a_frame_with_a_row_for_each(library: str) -> None:
    frame = Rows([answers.Brief(EXPERIMENT), answers.Brief(EXPERIMENT | {"more": 0.5})]).to_frame(library=library)
    assert type(frame).__module__.startswith(library)
    assert list(frame.columns) == [
        *("name", "num_runs_total", "num_runs_status_queued", "num_runs_status_running"),
        *("left_out", "seeds", "replication", "more"),
    ]
    assert list(frame["num_runs_total"]) == [3, 3]
    assert list(frame["seeds"]) == ["[0, 1, 2]"] * 2


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_frame_of_a_run_has_a_row_for_each_epoch(library: str) -> None:
    frame = answers.WholeRun(RUN).to_frame(library=library)
    assert list(frame["epoch"]) == [1, 2]
    # polars takes 2.0 and 1 for a mistake unless it is told otherwise.
    assert list(frame["loss"]) == [2.0, 1.0]


def test_a_frame_is_of_the_library_that_is_installed_and_no_other_word_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = answers.WholeRun(RUN)
    with pytest.raises(ValueError, match="library: 'arrow' is not allowed; allowed: pandas, polars"):
        run.to_frame(library="arrow")
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert type(run.to_frame()).__module__.startswith("polars")
    with pytest.raises(ModuleNotFoundError, match="needs pandas, which is not installed: pip install pandas"):
        run.to_frame(library="pandas")


def test_a_notebook_shows_an_answer_as_a_table_and_escapes_it() -> None:
    hostile: dict[str, Any] = {"name": "<script>", "paused": True, "num_runs": {"total": 1234.5678}, "error": None}
    page = answers.Experiment(hostile)._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<td>num_runs_total</td><td>1235</td>" in page
    listed = Rows([answers.Brief(hostile)])._repr_html_()
    assert "&lt;script&gt;" in listed
    assert "<th>num runs total</th>" in listed
    assert "error" not in listed
    assert "0 in all" in Rows[answers.Brief]()._repr_html_()
