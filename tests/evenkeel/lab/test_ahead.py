"""New runs wait for what trains and for what is queued before them."""

import pytest
from measured import TINY, estimate, measure, worker
from records import TASKS, claim_run, make_cell

from evenkeel.grids.sharing import Sharing
from evenkeel.lab.context import Lab
from evenkeel.records.workers import Worker
from evenkeel.store import now_ms


def test_what_trains_now_and_what_is_queued_ahead_is_counted(empty_lab: Lab) -> None:
    worker(empty_lab.store, slots=1)
    measure(empty_lab.store, [2.0])
    assert estimate(empty_lab, seeds=1).finish_seconds == pytest.approx(20.0)
    # Each of them trains 3 epochs. One trains now, and has done none of them.
    empty_lab.store.workers.see(Worker("worker", 1, "cpu", "v", now_ms(), TASKS, problem="the disk of / is full"))
    claim_run(empty_lab.store, make_cell(**TINY), 0, "ahead")
    empty_lab.store.grids.ensure("ahead", [make_cell(**TINY)], [1, 2, 3], Sharing(priority=1))
    waits = estimate(empty_lab, seeds=1)
    assert (waits.device_seconds, waits.finish_seconds) == (20.0, pytest.approx(3 * 6.0 + 20.0))
    assert (
        "This counts the 3 runs that wait already, 3 of them as if an epoch took as long as one of these" in waits.says
    )
    empty_lab.store.workers.forget("w")
    worker(empty_lab.store, slots=1, name="worker")
    busy = estimate(empty_lab, seeds=1)
    assert busy.finish_seconds == pytest.approx(4 * 6.0 + 20.0)
    assert "on 1 slot, which is busy now. This counts the 3 runs that wait already" in busy.says
    # A higher priority is taken before what is queued, but not before what trains.
    assert estimate(empty_lab, seeds=1, priority=2).finish_seconds == pytest.approx(6.0 + 20.0)


def test_runs_that_were_queued_before_in_the_same_experiment_come_first(empty_lab: Lab) -> None:
    worker(empty_lab.store, slots=1)
    measure(empty_lab.store, [2.0])
    empty_lab.store.grids.ensure("new", [make_cell(**TINY, epochs=10)], [0, 1])
    found = estimate(empty_lab)
    assert (found.device_seconds, found.finish_seconds) == (pytest.approx(40.0), pytest.approx(80.0))
    assert estimate(empty_lab, seeds=2).says == "All runs exist already, so there is nothing to train."
    assert (estimate(empty_lab, seeds=2).device_seconds, estimate(empty_lab, seeds=2).finish_seconds) == (0.0, 0.0)
