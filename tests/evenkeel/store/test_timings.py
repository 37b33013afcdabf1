"""Reads how long finished runs took, and what is still to be trained, on each kind of database."""

from records import TASKS, claim_run, finish_run, log_epochs, make_cell

from evenkeel.grids.sharing import Device, Sharing
from evenkeel.plugins import Outcome
from evenkeel.records.workers import Taker
from evenkeel.store import Store


def test_the_newest_finished_runs_of_each_cell_are_found_with_the_time_of_each_epoch(store: Store) -> None:
    for seed in range(3):
        finish_run(store, make_cell(), seed, [0.1, 0.2, 0.3])
    diverged = finish_run(store, make_cell(norm="batch"), 0, [0.1], Outcome.DIVERGED, 2)
    finish_run(store, make_cell(norm="batch"), 1, [], Outcome.DIVERGED, 1)
    claim_run(store, make_cell(), 9)
    ids = {row.hash: row.id for row in store.curves.find_cells("exp", {}, None)}
    newest = store.timings.newest(ids.values(), 2)
    ended = sorted((run.ended_ms for run in newest if run.cell_id == ids[make_cell().hash]), reverse=True)
    assert len(ended) == 2
    assert min(ended) >= min(run.ended_ms or 0 for run in store.runs.all("exp") if run.seed == 0 and run.ended_ms)
    [other] = [run for run in newest if run.run_id == diverged]
    assert (other.outcome, other.threads, other.device) == (Outcome.DIVERGED, 1, None)
    assert other.took_seconds is not None
    assert store.timings.epoch_seconds([diverged])[diverged].tolist() == [0.5]
    assert store.timings.newest([], 2) == []


def test_the_runs_that_finished_last_are_found_with_their_levels_whatever_their_cell(store: Store) -> None:
    for seed, width in enumerate((0.125, 0.25, 0.5)):
        finish_run(store, make_cell(width=width), seed, [0.1, 0.2])
    finish_run(store, make_cell(norm="batch"), 0, [], Outcome.DIVERGED, 1)
    claim_run(store, make_cell(), 9)
    found = store.timings.latest("classification", 9)
    assert sorted(levels["width"] for _, levels in found) == [0.125, 0.25, 0.5]
    ended = max(run.ended_ms or 0 for run in store.runs.all("exp") if run.num_epochs)
    # Of the two that ended last, one has no epoch.
    assert [run.ended_ms for run, _ in store.timings.latest("classification", 2)] == [ended]
    assert store.timings.latest("other", 9) == []


def test_what_waits_is_counted_by_experiment_and_what_is_paused_is_not(store: Store) -> None:
    store.grids.ensure("exp", [make_cell(), make_cell(norm="batch", epochs=5)], [0, 1], Sharing(2, 3, Device.CPU))
    store.grids.ensure("paused", [make_cell()], [0])
    store.experiments.pause("paused")
    claim = store.claims.take(Taker("w", "v", TASKS), 60)
    assert claim is not None
    [before] = store.timings.waiting()
    assert before.epoch_seconds is None
    log_epochs(store, claim, [0.1])
    [found] = store.timings.waiting()
    assert (found.priority, found.max_running, found.device, found.served_ms > 0) == (2, 3, Device.CPU, True)
    left = claim.spec.cell.num_epochs
    assert (found.queued, found.queued_epochs, found.running) == (3, 16 - left, (("w", left - 1),))
    assert found.epoch_seconds == 0.5
    finish_run(store, make_cell(init="glorot"), 7, [0.1, 0.2])
    [after] = store.timings.waiting()
    assert after.epoch_seconds is not None
    assert after.epoch_seconds < 0.5
