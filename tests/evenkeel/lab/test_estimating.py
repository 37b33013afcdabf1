"""A plan says how long its new runs would take, by what finished runs of the same shape took."""

from dataclasses import replace

import pytest
from measured import TINY, estimate, measure, worker
from records import TAKER, TASKS, make_cell

from evenkeel.lab.context import Lab
from evenkeel.lab.steering import pause
from evenkeel.plugins import Prepared
from evenkeel.records.workers import STARTING, Worker
from evenkeel.store import now_ms


def test_nothing_is_foretold_if_no_shape_at_all_was_measured(empty_lab: Lab) -> None:
    worker(empty_lab.store)
    found = estimate(empty_lab, {"norm": ["none", "batch"], "init": ["he", "glorot"]})
    assert (found.device_seconds, found.finish_seconds, found.unmeasured_cells, found.from_runs) == (None, None, 4, 0)
    assert found.says == (
        "All 4 cells have a shape that was never measured, and no other shape was measured either, so the time is not "
        "known; a pilot of two epochs would tell."
    )
    measure(empty_lab.store, [2.0])
    assert estimate(empty_lab, threads=2).says.startswith(
        "The cell has a shape that was never measured with 2 threads, and no other shape was measured either, so"
    )


def test_nothing_is_foretold_of_a_shape_whose_task_does_not_tell_how_much_it_computes(
    empty_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(empty_lab.store, [2.0])
    monkeypatch.setattr("evenkeel.lab.foretelling.work", lambda cell, prepared: None)
    found = estimate(empty_lab, {"norm": ["none", "batch"]})
    assert (found.device_seconds, found.unmeasured_cells) == (None, 1)
    assert found.says == (
        "1 of 2 cells have a shape that was never measured, and the task does not tell how much that computes, so the "
        "time is not known; a pilot of two epochs would tell."
    )


def test_a_shape_that_was_never_measured_is_judged_by_how_much_it_computes(empty_lab: Lab) -> None:
    worker(empty_lab.store)
    measure(empty_lab.store, [2.0])
    known = estimate(empty_lab, seeds=1)
    found = estimate(empty_lab, {"width": [0.25, 1.0]}, seeds=1, train={"epochs": 10})
    assert known.device_seconds == pytest.approx(20.0)
    low, likely, high = found.device_seconds_low, found.device_seconds, found.device_seconds_high
    assert low is not None
    assert likely is not None
    assert high is not None
    assert 20.0 < low < likely < high
    assert (likely - 20.0) / (low - 20.0) == pytest.approx((high - 20.0) / (likely - 20.0))
    assert found.finish_seconds is not None
    assert (found.from_runs, found.unmeasured_cells) == (1, 1)
    [wide] = [name for name in found.says.split(" ") if name.startswith("yolo-none-he")]
    assert (
        f"of device time. {wide} has a shape that was never measured. Its time is judged by the multiplications of its "
        "network and by how fast 1 finished run multiplied. The range holds in four of five cases or more; "
        "a pilot of two epochs would tell more. The last one ends in"
    ) in found.says


def test_of_many_unmeasured_cells_three_are_named_and_a_gpu_is_said_to_be_untested(empty_lab: Lab) -> None:
    measure(empty_lab.store, [2.0], device="NVIDIA H100")
    found = estimate(empty_lab, {"norm": ["batch", "group", "layer"], "init": ["he", "glorot"]}, device="cuda")
    assert found.unmeasured_cells == 6
    assert " and 3 more have shapes that were never measured. Their time is judged" in found.says
    assert "How often it holds was measured on CPUs only." in found.says


def test_one_measured_run_foretells_runs_that_differ_in_what_costs_no_time(empty_lab: Lab) -> None:
    worker(empty_lab.store, slots=2)
    # The first epoch, and what a run does beside its epochs, are told apart from the others.
    measure(empty_lab.store, [5.0, 2.0, 2.0], beside=1.0)
    found = estimate(empty_lab, {"lr": [0.1, 0.01]})
    a_run = 4.0 + 10 * 2.0
    assert found.device_seconds == pytest.approx(8 * a_run)
    assert found.finish_seconds == pytest.approx(4 * a_run)
    assert (found.device_seconds_low, found.device_seconds_high) == (found.device_seconds, found.device_seconds)
    assert (found.from_runs, found.unmeasured_cells) == (1, 0)
    assert found.says == (
        "The 8 new runs take about 3 min of device time, judged by how long 1 finished run of the same shape took. "
        "A single run does not tell how far that may be off. "
        "The last one ends in about 96 s, on 2 slots, 2 of them free now."
    )


def test_without_a_worker_that_could_train_them_only_the_device_time_is_known(empty_lab: Lab) -> None:
    measure(empty_lab.store, [2.0])

    def says() -> str:
        found = estimate(empty_lab, seeds=1)
        assert (found.device_seconds, found.finish_seconds) == (pytest.approx(20.0), None)
        return found.says

    assert says().endswith(
        "When they end is not known: no worker was seen lately, so the runs wait; start one with "
        "evenkeel up or python -m trainer."
    )
    worker(empty_lab.store, device=STARTING)
    assert "the workers still start" in says()
    worker(empty_lab.store, problem="the disk of / is full")
    assert "the disk of / is full" in says()
    worker(empty_lab.store)
    empty_lab.store.grids.ensure("new", [make_cell(**TINY, epochs=10)], [9])
    pause(empty_lab, "new")
    assert "the experiment is paused" in estimate(empty_lab).says


def test_a_worker_without_the_dataset_is_not_counted(empty_lab: Lab) -> None:
    worker(empty_lab.store, slots=7, name="without")
    here = Worker("with", 1, "cpu", "v", now_ms(), TASKS)
    empty_lab.store.workers.see(here, [Prepared("fashion", 32, 10, 100, 10, "0" * 16)])
    taker = replace(TAKER, prepared=[("fashion", 32)])
    measure(empty_lab.store, [2.0], make_cell(**TINY, dataset="fashion"), taker=taker)
    found = estimate(empty_lab, train={"width": 0.25, "epochs": 10, "dataset": "fashion"})
    assert found.finish_seconds == found.device_seconds == pytest.approx(80.0)


def test_a_rule_for_seeds_says_what_it_may_add(empty_lab: Lab) -> None:
    worker(empty_lab.store)
    measure(empty_lab.store, [2.0])
    found = estimate(empty_lab, seeds={"min": 2, "max": 5, "until": {"half_width": 0.1}})
    assert found.device_seconds == pytest.approx(40.0)
    assert found.says.endswith("The rule for seeds may add up to 3 runs more, about 60 s of device time.")
    # A cell that has all its first seeds may get more as well.
    empty_lab.store.grids.ensure("new", [make_cell(**TINY, epochs=10)], [0, 1])
    wider = estimate(empty_lab, {"init": ["he", "glorot"]}, seeds={"min": 2, "max": 5, "until": {"half_width": 0.1}})
    assert "up to 6 runs more, about 2 min of device time" in wider.says
