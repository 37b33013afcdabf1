"""Runs from a CSV file, as W&B and Aim export them."""

from pathlib import Path
from typing import Any

import pytest

from evenkeel.importing.arrival import RunIn
from evenkeel.importing.heads import State
from evenkeel.importing.preparing import Asked, prepare
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.reading import arrivals
from evenkeel.importing.table import Roles, TableRuns

ACC = ("val/acc",)


def runs_of(tmp_path: Path, text: str, **roles: Any) -> list[RunIn]:
    """The runs of a table, as they are posted."""
    path = tmp_path / "runs.csv"
    path.write_text(text)
    asked = Roles(**{"metrics": ACC, **roles})
    source = TableRuns(path, asked)
    wanted = Asked(asked.seed, asked.ignore, asked.factors, [(name, "higher") for name in asked.metrics])
    prepared = prepare(source.heads(), wanted, None, ())
    return [run for batch in arrivals(source, prepared, "table", None) for run in batch.runs]


def test_a_row_may_be_a_run(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "lr,seed,val/acc\n0.1,0,0.5\n0.1,1,0.6\n0.2,0,0.7\n0.2,1,\n")
    assert [(run.params, run.seed, run.curves) for run in runs[:2]] == [
        ({"lr": 0.1}, 0, {"val/acc": [0.5]}),
        ({"lr": 0.1}, 1, {"val/acc": [0.6]}),
    ]
    assert (runs[3].diverged_epoch, runs[3].curves) == (1, {"val/acc": [None]})
    assert len({run.id for run in runs}) == 4


def test_a_row_may_be_a_run_and_epoch_in_any_order(tmp_path: Path) -> None:
    text = "lr,seed,epoch,val/acc\n0.1,0,2,0.6\n0.1,1,1,0.4\n0.1,0,1,0.5\n0.1,1,2,\n0.1,0,3,0.7\n0.1,1,3,\n"
    one, other = runs_of(tmp_path, text, epoch="epoch")
    assert (one.curves, one.diverged_epoch) == ({"val/acc": [0.5, 0.6, 0.7]}, None)
    assert (other.curves, other.diverged_epoch) == ({"val/acc": [0.4, None, None]}, 2)


def test_rows_between_the_ends_of_epochs_may_lack_the_metric(tmp_path: Path) -> None:
    text = "run,seed,_step,val/acc,loss\n" + "".join(
        f"r{seed},{seed},{step},{0.5 if step % 10 == 9 else ''},{1 / (step + 1)}\n"
        for seed in (0, 1)
        for step in range(25)
    )
    for run in runs_of(tmp_path, text, metrics=("val/acc", "loss"), epoch="_step", run="run"):
        assert run.curves == {"val/acc": [0.5, 0.5], "loss": [1 / 10, 1 / 20]}
        assert (run.diverged_epoch, run.renumbered) == (None, True)


def test_a_loss_that_ends_while_epochs_go_on_was_not_finite(tmp_path: Path) -> None:
    text = "seed,epoch,val/acc,loss\n0,1,0.5,1.0\n0,2,0.1,\n0,3,0.1,\n1,1,0.5,1.0\n"
    run, _ = runs_of(tmp_path, text, metrics=("val/acc", "loss"), epoch="epoch")
    assert (run.diverged_epoch, run.lost) == (2, "loss")


def test_columns_say_how_far_a_run_got_and_what_became_of_it(tmp_path: Path) -> None:
    text = "name,State,seed,val/acc,end\na,finished,0,0.5,converged\nb,crashed,1,0.5,converged\nc,Running,2,0.5,\n"
    text += "d,finished,3,0.1,collapsed\ne,killed,4,0.2,diverged\n"
    runs = runs_of(tmp_path, text, run="name", state="State", diverged="end")
    assert [run.id for run in runs] == list("abcde")
    assert [run.state for run in runs] == [State.FINISHED, State.FAILED, State.RUNNING, State.FINISHED, State.KILLED]
    assert [(run.collapsed, run.diverged_epoch) for run in runs[3:]] == [(True, None), (False, 1)]
    with pytest.raises(ImportProblem, match="state: 'crushed' in row 1 of 'State' is not known; allowed: finished"):
        runs_of(tmp_path, text.replace("finished", "crushed"), run="name", state="State")


def test_a_column_that_changes_within_a_run_is_no_param(tmp_path: Path) -> None:
    text = "run,seed,epoch,val/acc,grad\na,0,1,0.5,3.1\na,0,2,0.6,2.9\nb,1,1,0.5,3.3\nb,1,2,0.6,2.7\n"
    assert [run.params for run in runs_of(tmp_path, text, epoch="epoch", run="run")] == [{}, {}]


def test_a_column_without_a_name_is_no_param(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, ",lr,seed,val/acc\n0,0.1,0,0.5\n1,0.1,1,0.5\n2,0.2,0,0.5\n3,0.2,1,0.5\n")
    assert [list(run.params) for run in runs] == [["lr"]] * 4


def test_what_cannot_be_sent_is_named(tmp_path: Path) -> None:
    header, row = ",".join(f"p{n}" for n in range(1001)), ",".join(["1"] * 1001)
    with pytest.raises(ImportProblem, match="source: params: Dictionary should have at most 1000 items"):
        runs_of(tmp_path, f"seed,val/acc,{header}\n0,0.5,{row}\n1,0.5,{row}\n")


def test_rows_of_the_same_run_are_refused_with_what_may_be_missing(tmp_path: Path) -> None:
    text = "lr,seed,epoch,val/acc\n0.1,0,1,0.5\n0.1,0,2,0.6\n"
    with pytest.raises(ImportProblem, match=r"rows 1 and 2 are the same run.*--epoch.*--run"):
        runs_of(tmp_path, text, ignore=("epoch",))
    with pytest.raises(
        ImportProblem, match="metric: the frame has no column 'acc'; its columns: lr, seed, epoch, val/acc"
    ):
        runs_of(tmp_path, text, metrics=("acc",))
