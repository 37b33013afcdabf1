"""A plan says how long its new runs would take, by what finished runs of the same shape took."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bells import Bell
from records import TAKER, TASKS, claim_run, finish_claim, make_cell
from sqlalchemy import update

from evenkeel.grids.cell import Cell
from evenkeel.grids.sharing import Sharing
from evenkeel.grids.spec import grid_spec
from evenkeel.lab.context import Lab
from evenkeel.lab.planned import Estimate
from evenkeel.lab.planning import plan_grid
from evenkeel.lab.steering import pause
from evenkeel.plugins import Outcome, Prepared
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import STARTING, Worker
from evenkeel.schema import attempts, runs
from evenkeel.settings import Settings
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION

TINY = {"arch": "yolo", "norm": "none", "init": "he", "width": 0.25}


@pytest.fixture
def store(migrated_file: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(migrated_file, tmp_path / "lab.db")
    with closing(Store(f"sqlite:///{tmp_path}/lab.db")) as opened:
        yield opened


@pytest.fixture
def lab(store: Store) -> Lab:
    return Lab(Settings(), store, Bell())


def worker(store: Store, slots: int = 2, device: str = "cpu", name: str = "w", problem: str | None = None) -> None:
    store.workers.see(Worker(name, slots, device, "v", now_ms(), TASKS, problem))


def measure(
    store: Store, epoch_seconds: list[float], cell: Cell | None = None, beside: float = 0.0, seed: int = 0, **what: Any
) -> None:
    """Write a finished run whose epochs took so long, and that took so many seconds more beside them."""
    claim = claim_run(store, cell or make_cell(**TINY), seed, "measured", what.get("taker", TAKER))  # type: ignore[arg-type]
    for number, seconds in enumerate(epoch_seconds, 1):
        assert store.claims.append_epoch(claim, Epoch(claim.run_id, number, {}, seconds, now_ms()))
    finish_claim(store, claim, len(epoch_seconds), what.get("outcome", Outcome.CONVERGED), what.get("diverged_epoch"))
    took_ms = int(1000 * (sum(epoch_seconds) + beside))
    arithmetic = {"device": what.get("device", "cpu"), "threads": str(what.get("threads", 1))}
    with store.database.write() as db:
        [ended_ms] = db.scalars(attempts.select().with_only_columns(attempts.c.ended_ms).filter_by(run_id=claim.run_id))
        db.execute(
            update(attempts)
            .where(attempts.c.run_id == claim.run_id)
            .values(began_ms=ended_ms - took_ms, arithmetic=arithmetic)
        )


def estimate(lab: Lab, grid: dict[str, Any] | None = None, **changes: Any) -> Estimate:
    levels = {"arch": ["yolo"], "norm": ["none"], "init": ["he"]} | (grid or {})
    body = {"name": "new", "grid": levels, "seeds": 4, "train": {"width": 0.25, "epochs": 10}} | changes
    found = plan_grid(lab, grid_spec(CLASSIFICATION).model_validate(body)).estimate
    assert found is not None
    return found


def test_nothing_is_foretold_of_a_shape_that_was_never_measured(lab: Lab) -> None:
    worker(lab.store)
    measure(lab.store, [2.0])
    found = estimate(lab, {"norm": ["none", "batch"], "init": ["he", "glorot"]})
    assert (found.device_seconds, found.finish_seconds, found.unmeasured_cells, found.from_runs) == (None, None, 2, 0)
    assert found.says == (
        "2 of 4 cells have a shape that was never measured, so the time is not known; a pilot of one epoch would tell."
    )
    assert estimate(lab, {"norm": ["batch"]}).says.startswith("The cell has a shape that was never measured, so")
    assert estimate(lab, threads=2).says.startswith("The cell has a shape that was never measured with 2 threads, so")


def test_one_measured_run_foretells_runs_that_differ_in_what_costs_no_time(lab: Lab) -> None:
    worker(lab.store, slots=2)
    # The first epoch, and what a run does beside its epochs, are told apart from the others.
    measure(lab.store, [5.0, 2.0, 2.0], beside=1.0)
    found = estimate(lab, {"lr": [0.1, 0.01]})
    a_run = 4.0 + 10 * 2.0
    assert found.device_seconds == pytest.approx(8 * a_run)
    assert found.finish_seconds == pytest.approx(4 * a_run)
    assert (found.device_seconds_low, found.device_seconds_high) == (found.device_seconds, found.device_seconds)
    assert (found.from_runs, found.unmeasured_cells) == (1, 0)
    assert found.says == (
        "The 8 new runs take about 3 min of device time, judged by 1 finished run of the same shape. "
        "The last one ends in about 96 s, on 2 slots, 2 of them free now."
    )


def test_the_range_goes_from_the_quickest_to_the_slowest_of_the_newest_runs(lab: Lab) -> None:
    worker(lab.store, slots=1)
    for seed, seconds in enumerate([60.0, 1.0, 2.0, 3.0, *[2.0] * 6]):
        measure(lab.store, [seconds, seconds], seed=seed)
    found = estimate(lab, seeds=1)
    assert found.from_runs == 9
    assert (found.device_seconds_low, found.device_seconds, found.device_seconds_high) == (10.0, 20.0, 30.0)
    assert "about 20 s (10 s to 30 s) of device time, judged by 9 finished runs" in found.says


def test_only_runs_with_as_many_threads_on_the_same_kind_of_device_count(lab: Lab) -> None:
    worker(lab.store, slots=1)
    measure(lab.store, [2.0], threads=2)
    measure(lab.store, [1.0], seed=1, device="NVIDIA H100")
    assert estimate(lab).device_seconds is None
    measure(lab.store, [3.0], seed=2)
    assert estimate(lab, seeds=1).device_seconds == pytest.approx(30.0)
    assert estimate(lab, seeds=1, threads=2).device_seconds == pytest.approx(20.0)
    worker(lab.store, slots=1, device="cuda:0", name="gpu")
    assert estimate(lab, seeds=1, device="cuda").device_seconds == pytest.approx(10.0)
    # Two runs on each: while the CPU trains one, the GPU trains three.
    assert estimate(lab).finish_seconds == pytest.approx(30.0)
    quick = estimate(lab, threads=2, seeds=1)
    assert quick.says.endswith(
        "Workers with the device cuda are not counted, since not every shape was measured there."
    )


def test_what_trains_now_and_what_is_queued_ahead_is_counted(lab: Lab) -> None:
    worker(lab.store, slots=1)
    measure(lab.store, [2.0])
    assert estimate(lab, seeds=1).finish_seconds == pytest.approx(20.0)
    # Each of them trains 3 epochs. One trains now, and has done none of them.
    lab.store.workers.see(Worker("worker", 1, "cpu", "v", now_ms(), TASKS, problem="the disk of / is full"))
    claim_run(lab.store, make_cell(**TINY), 0, "ahead")
    lab.store.grids.ensure("ahead", [make_cell(**TINY)], [1, 2, 3], Sharing(priority=1))
    waits = estimate(lab, seeds=1)
    assert (waits.device_seconds, waits.finish_seconds) == (20.0, pytest.approx(3 * 6.0 + 20.0))
    assert "3 queued runs are counted, 3 of them as if an epoch took as long as here" in waits.says
    lab.store.workers.forget("w")
    worker(lab.store, slots=1, name="worker")
    busy = estimate(lab, seeds=1)
    assert busy.finish_seconds == pytest.approx(4 * 6.0 + 20.0)
    assert "on 1 slot, which is busy now; 3 queued runs are counted" in busy.says
    # A higher priority is taken before what is queued, but not before what trains.
    assert estimate(lab, seeds=1, priority=2).finish_seconds == pytest.approx(6.0 + 20.0)


def test_runs_that_were_queued_before_in_the_same_experiment_come_first(lab: Lab) -> None:
    worker(lab.store, slots=1)
    measure(lab.store, [2.0])
    lab.store.grids.ensure("new", [make_cell(**TINY, epochs=10)], [0, 1])
    found = estimate(lab)
    assert (found.device_seconds, found.finish_seconds) == (pytest.approx(40.0), pytest.approx(80.0))
    assert estimate(lab, seeds=2).says == "All runs exist already, so there is nothing to train."
    assert (estimate(lab, seeds=2).device_seconds, estimate(lab, seeds=2).finish_seconds) == (0.0, 0.0)


def test_without_a_worker_that_could_train_them_only_the_device_time_is_known(lab: Lab) -> None:
    measure(lab.store, [2.0])

    def says() -> str:
        found = estimate(lab, seeds=1)
        assert (found.device_seconds, found.finish_seconds) == (pytest.approx(20.0), None)
        return found.says

    assert says().endswith(
        "When they end is not known: no worker was seen lately, so the runs wait; start one with "
        "evenkeel up or python -m trainer."
    )
    worker(lab.store, device=STARTING)
    assert "the workers still start" in says()
    worker(lab.store, problem="the disk of / is full")
    assert "the disk of / is full" in says()
    worker(lab.store)
    lab.store.grids.ensure("new", [make_cell(**TINY, epochs=10)], [9])
    pause(lab, "new")
    assert "the experiment is paused" in estimate(lab).says


def test_a_worker_without_the_dataset_is_not_counted(lab: Lab) -> None:
    worker(lab.store, slots=7, name="without")
    here = Worker("with", 1, "cpu", "v", now_ms(), TASKS)
    lab.store.workers.see(here, [Prepared("fashion", 32, 10, 100, 10, "0" * 16)])
    taker = replace(TAKER, prepared=[("fashion", 32)])
    measure(lab.store, [2.0], make_cell(**TINY, dataset="fashion"), taker=taker)
    found = estimate(lab, train={"width": 0.25, "epochs": 10, "dataset": "fashion"})
    assert found.finish_seconds == found.device_seconds == pytest.approx(80.0)


def test_a_rule_for_seeds_says_what_it_may_add(lab: Lab) -> None:
    worker(lab.store)
    measure(lab.store, [2.0])
    found = estimate(lab, seeds={"min": 2, "max": 5, "until": {"half_width": 0.1}})
    assert found.device_seconds == pytest.approx(40.0)
    assert found.says.endswith("The rule for seeds may add up to 3 runs more, about 60 s of device time.")
    # A cell that has all its first seeds may get more as well.
    lab.store.grids.ensure("new", [make_cell(**TINY, epochs=10)], [0, 1])
    wider = estimate(lab, {"init": ["he", "glorot"]}, seeds={"min": 2, "max": 5, "until": {"half_width": 0.1}})
    assert "up to 6 runs more, about 2 min of device time" in wider.says


def test_a_run_that_diverged_tells_how_long_its_epochs_took_and_one_without_an_epoch_tells_nothing(lab: Lab) -> None:
    worker(lab.store)
    measure(lab.store, [], outcome=Outcome.DIVERGED, diverged_epoch=1)
    assert estimate(lab).device_seconds is None
    measure(lab.store, [2.0, 2.0], seed=1, beside=9.0, outcome=Outcome.DIVERGED, diverged_epoch=3)
    assert estimate(lab, seeds=1).device_seconds == pytest.approx(20.0)


def test_a_run_that_was_interrupted_tells_only_how_long_its_epochs_took(lab: Lab) -> None:
    worker(lab.store)
    measure(lab.store, [2.0, 2.0], beside=500.0)
    with lab.store.database.write() as db:
        db.execute(update(runs).values(attempt=2))
        db.execute(update(attempts).values(attempt=2))
    assert estimate(lab, seeds=1).device_seconds == pytest.approx(20.0)
