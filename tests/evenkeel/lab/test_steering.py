"""Sharing, pausing, resuming, cancelling and retrying experiments."""

import pytest
from bells import Bell
from records import claim_run, make_cell

from evenkeel.grids.sharing import Device, Sharing
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NoSuchExperiment, find_experiment
from evenkeel.lab.steering import cancel, change, pause, resume, retry


def test_an_experiment_that_is_not_there_is_named_beside_those_that_are(lab: Lab) -> None:
    for number in range(25):
        lab.store.grids.ensure(f"e{number}", [make_cell()], [0])
    for call in (find_experiment, pause, resume, cancel, retry):
        with pytest.raises(NoSuchExperiment, match=r"no experiment 'nothing'; there are: e5, e6, .*, e24$"):
            call(lab, "nothing")
    with pytest.raises(NoSuchExperiment):
        change(lab, "nothing", Sharing(priority=1))


def test_sharing_changes_what_is_named_and_wakes_workers_of_the_new_device(lab: Lab, bell: Bell) -> None:
    found = change(lab, "exp", Sharing(priority=3, device=Device.CUDA))
    assert (found.priority, found.max_running, found.device, found.num_runs.total) == (3, None, Device.CUDA, 4)
    assert change(lab, "exp", Sharing(max_running=2)).priority == 3
    assert bell.rung == [(Device.CUDA, 8), (Device.CUDA, 8)]


def test_cancelled_runs_can_be_queued_again_and_workers_are_woken(lab: Lab, bell: Bell) -> None:
    claim_run(lab.store, make_cell(), 0)
    stopped = cancel(lab, "exp")
    assert (stopped.cancelled, stopped.stopping) == (3, 1)
    assert bell.rung == []
    assert retry(lab, "exp").queued == 3
    assert bell.rung == [(Device.ANY, 3)]


def test_workers_are_woken_when_an_experiment_is_resumed_and_not_while_it_is_paused(lab: Lab, bell: Bell) -> None:
    found = pause(lab, "exp")
    assert (found.paused, found.stopping) == (4, 0)
    assert find_experiment(lab, "exp").paused
    cancel(lab, "exp")
    assert retry(lab, "exp").queued == 4
    assert [times for _, times in bell.rung if times] == []
    assert resume(lab, "exp").queued == 4
    assert bell.rung[-1] == (Device.ANY, 4)
