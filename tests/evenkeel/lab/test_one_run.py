"""Cancelling and retrying a single run: allowed only where its status allows it."""

import pytest
from bells import Bell
from records import TASKS, claim_run, finish_run, make_cell

from evenkeel.grids.replication import SeedRule, Until
from evenkeel.grids.sharing import Device
from evenkeel.lab.context import Lab
from evenkeel.lab.one_run import NotNow, cancel_run, retry_run
from evenkeel.lab.runs import NoSuchRun
from evenkeel.records.leases import Lease
from evenkeel.records.status import Status
from evenkeel.records.workers import Worker
from evenkeel.settings import Settings
from evenkeel.store import Store, now_ms

CELL = make_cell()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def lab(store: Store, bell: Bell) -> Lab:
    store.workers.see(Worker("w", 8, "cpu", "v", now_ms(), TASKS))
    return Lab(Settings(), store, bell)


def status(lab: Lab, run_id: str) -> Status:
    run = lab.store.runs.find(run_id)
    assert run is not None
    return run.status


def test_only_the_run_that_was_named_is_cancelled_and_queued_again(lab: Lab, bell: Bell) -> None:
    first, second = lab.store.grids.ensure("exp", [CELL], [0, 1]).created
    assert cancel_run(lab, first[:8]).status is Status.CANCELLED
    assert cancel_run(lab, first).says == "The run was cancelled before."
    assert (status(lab, first), status(lab, second)) == (Status.CANCELLED, Status.QUEUED)
    assert (retry_run(lab, first).status, bell.rung) == (Status.QUEUED, [(Device.ANY, 1)])


def test_a_run_that_trains_is_asked_to_stop(lab: Lab) -> None:
    claim = claim_run(lab.store, CELL, 0)
    told = cancel_run(lab, claim.run_id)
    assert (told.status, told.says) == (
        Status.RUNNING,
        "The run trains. It was asked to stop, and is cancelled within seconds.",
    )
    assert lab.store.claims.renew(claim, 60) is Lease.CANCEL


def test_a_result_is_neither_cancelled_nor_trained_again(lab: Lab) -> None:
    finished = finish_run(lab.store, CELL, 0, [0.1])
    with pytest.raises(NotNow, match="has finished, so it cannot be cancelled; allowed: queued, paused and running"):
        cancel_run(lab, finished)
    with pytest.raises(NotNow, match="is finished, so it is not queued again; allowed: failed and cancelled runs"):
        retry_run(lab, finished)


def test_a_run_that_waits_or_trains_is_not_retried(lab: Lab) -> None:
    [queued] = lab.store.grids.ensure("exp", [CELL], [1]).created
    running = claim_run(lab.store, CELL, 0).run_id
    for run_id in (queued, running):
        with pytest.raises(NotNow, match="so it is not queued again"):
            retry_run(lab, run_id)


def test_a_retried_run_of_a_paused_experiment_waits_and_wakes_nobody(lab: Lab, bell: Bell) -> None:
    [run_id] = lab.store.grids.ensure("exp", [CELL], [0]).created
    cancel_run(lab, run_id)
    lab.store.experiments.pause("exp")
    told = retry_run(lab, run_id)
    assert (told.status, bell.rung) == (Status.PAUSED, [])
    assert told.says.endswith("To go on: evenkeel resume exp")


def test_a_retried_run_lets_the_rule_of_its_experiment_go_on(lab: Lab) -> None:
    rule = SeedRule(min=2, max=3, until=Until(half_width=0.1))
    first, _ = lab.store.grids.ensure("exp", [CELL], [0, 1], rule=rule).created
    lab.store.experiments.cancel("exp")
    retry_run(lab, first)
    found = lab.store.experiments.find("exp")
    assert found is not None
    assert found.rule_going


def test_a_run_that_is_not_there_is_said_so(lab: Lab) -> None:
    for change in (cancel_run, retry_run):
        with pytest.raises(NoSuchRun, match="there is no run 'nothing'"):
            change(lab, "nothing")
    assert lab.store.one_run.cancel("nothing") is None
    assert lab.store.one_run.retry("nothing") is None
