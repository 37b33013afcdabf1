"""What an epoch takes is measured in the newest finished runs that computed alike."""

import pytest
from measured import estimate, measure, worker
from sqlalchemy import update

from evenkeel.lab.context import Lab
from evenkeel.plugins import Outcome
from evenkeel.schema import attempts, runs


def test_the_range_goes_from_the_quickest_to_the_slowest_of_the_newest_runs(empty_lab: Lab) -> None:
    worker(empty_lab.store, slots=1)
    for seed, seconds in enumerate([60.0, 1.0, 2.0, 3.0, *[2.0] * 6]):
        measure(empty_lab.store, [seconds, seconds], seed=seed)
    found = estimate(empty_lab, seeds=1)
    assert found.from_runs == 9
    assert (found.device_seconds_low, found.device_seconds, found.device_seconds_high) == (10.0, 20.0, 30.0)
    assert "about 20 s (10 s to 30 s) of device time, judged by how long 9 finished runs" in found.says


def test_only_runs_with_as_many_threads_on_the_same_kind_of_device_count(empty_lab: Lab) -> None:
    worker(empty_lab.store, slots=1)
    measure(empty_lab.store, [2.0], threads=2)
    measure(empty_lab.store, [1.0], seed=1, device="NVIDIA H100")
    assert estimate(empty_lab).device_seconds is None
    measure(empty_lab.store, [3.0], seed=2)
    assert estimate(empty_lab, seeds=1).device_seconds == pytest.approx(30.0)
    assert estimate(empty_lab, seeds=1, threads=2).device_seconds == pytest.approx(20.0)
    worker(empty_lab.store, slots=1, device="cuda:0", name="gpu")
    assert estimate(empty_lab, seeds=1, device="cuda").device_seconds == pytest.approx(10.0)
    # Two runs on each: while the CPU trains one, the GPU trains three.
    assert estimate(empty_lab).finish_seconds == pytest.approx(30.0)
    quick = estimate(empty_lab, threads=2, seeds=1)
    assert quick.says.endswith(
        "Workers with the device cuda are not counted, since not every shape was measured there."
    )


def test_a_run_that_diverged_tells_how_long_its_epochs_took_and_one_without_an_epoch_tells_nothing(
    empty_lab: Lab,
) -> None:
    worker(empty_lab.store)
    measure(empty_lab.store, [], outcome=Outcome.DIVERGED, diverged_epoch=1)
    assert estimate(empty_lab).device_seconds is None
    measure(empty_lab.store, [2.0, 2.0], seed=1, beside=9.0, outcome=Outcome.DIVERGED, diverged_epoch=3)
    assert estimate(empty_lab, seeds=1).device_seconds == pytest.approx(20.0)


def test_a_run_that_was_interrupted_tells_only_how_long_its_epochs_took(empty_lab: Lab) -> None:
    worker(empty_lab.store)
    measure(empty_lab.store, [2.0, 2.0], beside=500.0)
    with empty_lab.store.database.write() as db:
        db.execute(update(runs).values(attempt=2))
        db.execute(update(attempts).values(attempt=2))
    assert estimate(empty_lab, seeds=1).device_seconds == pytest.approx(20.0)
