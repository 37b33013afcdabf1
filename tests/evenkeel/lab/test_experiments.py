"""Listing and following experiments."""

import pytest
from bells import Bell
from records import claim_run, finish_run, log_epochs, make_cell

from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import (
    NoSuchExperiment,
    find_experiment,
    follow,
    list_experiments,
    with_what_it_waits_for,
)
from evenkeel.lab.steering import cancel, pause
from evenkeel.plugins import Outcome
from evenkeel.records.progress import epochs_done, remaining_seconds
from evenkeel.records.rows import Tally
from evenkeel.records.status import Status
from evenkeel.settings import Settings
from evenkeel.store import Store


def test_in_an_empty_lab_there_are_none_yet(store: Store, bell: Bell) -> None:
    assert list_experiments(Lab(Settings(), store, bell)) == []
    with pytest.raises(NoSuchExperiment, match="there are: none yet"):
        find_experiment(Lab(Settings(), store, bell), "exp")


def test_experiments_are_counted_oldest_first(lab: Lab) -> None:
    lab.store.grids.ensure("later", [make_cell()], [0])
    finish_run(lab.store, make_cell(), 0, [0.1, 0.2, 0.3])
    first, second = list_experiments(lab)
    assert (first.name, first.num_cells, second.name, second.num_cells) == ("exp", 2, "later", 1)
    waiting = {"queued": 3, "running": 0, "paused": 0}
    assert first.num_runs.status == waiting | {"finished": 1, "failed": 0, "cancelled": 0}
    assert first.num_runs.outcome == {"converged": 1, "collapsed": 0, "diverged": 0}


def test_an_experiment_is_followed_to_its_end_and_into_mlflow(lab: Lab) -> None:
    finish_run(lab.store, make_cell(), 0, [0.1, 0.2, 0.3])
    found = follow(lab, find_experiment(lab, "exp"))
    assert (found.seeds, found.epochs_done, found.epochs_total, found.mlflow_url) == ([0, 3], 3, 12, None)
    lab.store.outbox.set_mlflow_experiment("exp", "7")
    page = follow(lab, find_experiment(lab, "exp")).mlflow_url
    assert page == "http://mlflow:5000/#/experiments/7/runs"


def test_it_is_told_what_varies_in_the_order_of_the_levels(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [make_cell(lr=0.01), make_cell(lr=0.1)], [0])
    found = follow(lab, find_experiment(lab, "exp"))
    assert found.varies == {"classification": {"norm": ["batch", "none"], "lr": [0.001, 0.01, 0.1]}}
    lab.store.grids.ensure("one", [make_cell()], [0])
    assert follow(lab, find_experiment(lab, "one")).varies == {"classification": {}}


def test_queued_runs_say_that_no_worker_could_train_them(lab: Lab) -> None:
    def waits_for() -> str | None:
        found = find_experiment(lab, "exp")
        return with_what_it_waits_for(lab, found, follow(lab, found)).waits_for

    assert waits_for() is None
    lab.store.workers.forget()
    says = "No worker was seen lately, so the runs wait; start one with evenkeel up or python -m trainer."
    assert waits_for() == says
    cancel(lab, "exp")
    assert waits_for() is None


def test_the_time_left_counts_paused_runs_from_where_they_stopped(lab: Lab) -> None:
    log_epochs(lab.store, claim := claim_run(lab.store, make_cell(), 0), [0.1, 0.2])
    pause(lab, "exp")
    lab.store.claims.release(claim)
    claim_run(lab.store, make_cell(norm="batch"), 9, "other")
    tallies = [Tally(1, 3, Status.PAUSED, None, 1, 2, 0.0), Tally(1, 3, Status.FINISHED, Outcome.CONVERGED, 1, 3, 6.0)]
    assert remaining_seconds(tallies) == 2.0
    assert epochs_done(lab.store.tallies.of(find_experiment(lab, "exp").id)) == (2, 12)
