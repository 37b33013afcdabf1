"""What is told, and that it is told once."""

import pytest
from records import TASKS, claim_run, finish_run, make_cell, make_unreadable

from evenkeel.alerts.watching import note_news
from evenkeel.grids.replication import SeedRule, Until
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.workers import Worker
from evenkeel.schema import runs
from evenkeel.store import Store, now_ms

CELL = make_cell()
CURVE = [0.1, 0.2, 0.3]


@pytest.fixture
def watched(store: Store) -> Store:
    """A store in which alerts are noted from now on."""
    finish_run(store, make_cell(), 0, CURVE, experiment="before")
    store.deletions.delete("before")
    assert note_news(store) == 0
    return store


def told(store: Store) -> list[str]:
    """The texts of what is new, in order. It is marked as sent."""
    note_news(store)
    due = store.alerts.due(100)
    for alert in due:
        store.alerts.mark_sent(alert.id)
    assert note_news(store) == 0
    return [alert.text for alert in due]


def test_what_happened_before_anybody_wanted_to_be_told_is_not_told(store: Store) -> None:
    finish_run(store, CELL, 0, CURVE)
    with store.database.write() as db:
        db.execute(runs.update().values(ended_ms=runs.c.ended_ms - 1000))
    assert told(store) == []
    finish_run(store, CELL, 0, CURVE, experiment="later")
    assert told(store) == ["later has finished: 1 runs, 1 converged. See: evenkeel summary --experiment later"]


def test_an_experiment_is_told_when_its_last_run_has_ended_and_again_when_it_has_grown(watched: Store) -> None:
    watched.grids.ensure("exp", [CELL], [0, 1])
    finish_run(watched, CELL, 0, CURVE)
    assert told(watched) == []
    finish_run(watched, CELL, 1, CURVE, Outcome.COLLAPSED)
    says = "exp has finished: 2 runs, 1 converged, 1 collapsed. See: evenkeel summary --experiment exp"
    assert told(watched) == [says]
    watched.grids.ensure("exp", [CELL], [2])
    assert told(watched) == []
    finish_run(watched, CELL, 2, CURVE)
    assert [text.partition(",")[0] for text in told(watched)] == ["exp has finished: 3 runs"]


def test_an_experiment_that_is_paused_cancelled_or_still_grows_by_a_rule_has_not_finished(watched: Store) -> None:
    rule = SeedRule(min=2, max=9, until=Until(half_width=0.001))
    watched.grids.ensure("rule", [CELL], [0, 1], rule=rule)
    for seed in (0, 1):
        finish_run(watched, CELL, seed, CURVE, experiment="rule")
    finish_run(watched, CELL, 0, CURVE, experiment="paused")
    watched.grids.ensure("paused", [CELL], [1])
    watched.experiments.pause("paused")
    watched.grids.ensure("cancelled", [CELL], [0])
    watched.experiments.cancel("cancelled")
    assert told(watched) == []
    watched.rules.stop("rule", "decided")
    assert [text.partition(" has")[0] for text in told(watched)] == ["rule"]


def test_a_run_that_failed_for_good_is_told_with_its_reason_and_once_more_if_it_fails_again(watched: Store) -> None:
    watched.grids.ensure("exp", [CELL], [3])
    claim = claim_run(watched, CELL, 7)
    watched.claims.crash(claim, Reason.DIED, "the training process was killed by SIGKILL", 3)
    assert told(watched) == []
    again = claim_run(watched, CELL, 7)
    watched.claims.fail(again, Reason.ERROR, "no such dataset.")
    assert told(watched) == [
        f"Seed 7 of the cell {CELL.name} of exp has failed: no such dataset. To queue it again: evenkeel retry --run "
        f"{claim.run_id[:8]}"
    ]
    watched.one_run.retry(claim.run_id)
    assert told(watched) == []
    watched.claims.fail(claim_run(watched, CELL, 7), Reason.ERROR, "again")
    assert len(told(watched)) == 1


def test_a_cell_is_told_if_over_half_of_its_seeds_diverged_once_all_have_ended(watched: Store) -> None:
    other = make_cell(norm="batch")
    watched.grids.ensure("exp", [CELL, other], [0, 1, 2, 3])
    for seed in range(3):
        finish_run(watched, CELL, seed, [0.1], Outcome.DIVERGED, 1)
        finish_run(watched, other, seed, CURVE, *((Outcome.DIVERGED, 3) if seed < 2 else ()))
    assert told(watched) == []
    finish_run(watched, CELL, 3, CURVE)
    assert told(watched) == [f"3 of 4 seeds of the cell {CELL.name} of exp diverged."]
    finish_run(watched, other, 3, CURVE)
    assert [text for text in told(watched) if "cell" in text] == [], "half of the seeds are not over half"


def test_a_worker_that_falls_silent_is_told_and_one_that_left_is_not(watched: Store) -> None:
    first = watched.alerts.since()
    for name, seen_ms in (("gone", first), ("long-gone", first - 1), ("here", now_ms())):
        watched.workers.see(Worker(name, 1, "cpu", "v", seen_ms, TASKS))
    watched.workers.see(Worker("left", 1, "cpu", "v", first, TASKS))
    watched.workers.forget("left")
    assert told(watched) == [], "it may only be slow"
    with watched.database.write() as db:
        db.exec_driver_sql("UPDATE alerts SET created_ms = created_ms - 130000")
        db.exec_driver_sql("UPDATE workers SET seen_ms = seen_ms - 130000 WHERE name <> 'here'")
    assert told(watched) == ["The worker gone has not reported for 2 minutes. Its runs are queued again."]


def test_a_full_disk_is_told_once_a_day(watched: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    says = "the disk of /data/checkpoints is full: 3 MB are free, and EVENKEEL_LEAST_FREE_MB=500"
    worker = Worker("w", 1, "cpu", "v", 0, TASKS, problem=says)
    watched.workers.see(worker)
    day = now_ms() // 86_400_000
    monkeypatch.setattr("evenkeel.alerts.watching.now_ms", lambda: day * 86_400_000)
    assert told(watched) == [f"The worker w reports: {says}"]
    assert told(watched) == []
    monkeypatch.setattr("evenkeel.alerts.watching.now_ms", lambda: (day + 1) * 86_400_000)
    assert len(told(watched)) == 1


def test_an_unreadable_cell_is_told_by_its_hash(watched: Store) -> None:
    claim = claim_run(watched, CELL, 0)
    watched.claims.fail(claim, Reason.ERROR, "broken")
    cell_hash = make_unreadable(watched, CELL, arch="my_net")
    assert f"of the cell {cell_hash} of exp has failed" in told(watched)[0]
