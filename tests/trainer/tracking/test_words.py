"""What MLflow's pages say of a run."""

from dataclasses import replace

import pytest
from records import finish_run, make_cell

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Run
from evenkeel.store import Store
from trainer.tracking import words
from trainer.tracking.inputs import dataset_of
from trainer.tracking.run_copies import ending_points
from trainer.tracking.words import Users, commit_tags, describe_cell, describe_run, run_name


@pytest.fixture
def run(own_store: Store) -> Run:
    finish_run(own_store, make_cell(lr=0.3), 2, [0.5], experiment="a b")
    [run] = own_store.runs.all()
    return run


def test_a_run_that_did_not_converge_says_so_in_its_name(run: Run) -> None:
    name = f"seed2-{make_cell(lr=0.3).name}"
    assert run_name(run) == name
    assert run_name(replace(run, outcome=None)) == name
    assert run_name(replace(run, outcome=Outcome.DIVERGED)) == f"{name} diverged"
    assert run_name(replace(run, outcome=Outcome.COLLAPSED)) == f"{name} collapsed"


def test_a_description_says_the_cell_in_words_and_leads_back_to_the_lab(run: Run) -> None:
    levels = "architecture Tiny-YOLO, norm without norm, initialisation He, width 0.25, epochs 3, learning rate 0.3"
    cell = f"the cell `{make_cell(lr=0.3).name}` of a b: {levels}, all else as the task classification has it."
    assert describe_run(run, None) == f"Seed 2 of {cell}"
    assert describe_run(run, "https://lab.example/") == (
        f"Seed 2 of {cell} In the lab: [this run](https://lab.example/ui/runs/{run.id}), "
        "[the experiment](https://lab.example/ui/experiments/a%20b)."
    )
    assert describe_cell(run, None) == f"The{cell.removeprefix('the')} Its seeds are nested under it."


def test_the_commit_is_that_of_the_checkout() -> None:
    assert commit_tags("0.1.0+3f2c1ab") == {
        "mlflow.source.git.commit": "3f2c1ab",
        "mlflow.source.git.dirty": "False",
    }
    assert commit_tags("0.1.0+3f2c1ab-dirty")["mlflow.source.git.dirty"] == "True"
    assert commit_tags("0.1.0") == commit_tags(None) == commit_tags("my build") == {}


def test_the_user_is_who_holds_the_key_or_who_runs_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    read = iter([{"a": "Ada"}, {"a": "Ada", "b": "Bo"}])
    users = Users(lambda: next(read))
    assert [users.of(key) for key in ("a", "b", "a", "b")] == ["Ada", "Bo", "Ada", "Bo"]

    def has_no_name() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr(words.getpass, "getuser", has_no_name)
    assert users.of("") == "evenkeel"


def test_a_dataset_has_the_labs_own_hash_as_its_digest(run: Run) -> None:
    assert dataset_of(run) is None
    dataset = dataset_of(replace(run, dataset_hash="0123456789abcdef"))
    assert dataset is not None
    assert (dataset.name, dataset.digest, dataset.source_type) == ("digits", "0123456789abcdef", "evenkeel")
    assert dataset.source == '{"task": "classification", "dataset": "digits"}'


def test_whether_a_run_diverged_is_a_number(run: Run) -> None:
    assert [(point.key, point.value) for point in ending_points(run)] == [("diverged", 0.0)]
    [point] = ending_points(replace(run, outcome=Outcome.DIVERGED))
    assert (point.value, point.timestamp) == (1.0, run.ended_ms)
