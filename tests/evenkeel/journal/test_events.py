"""What people, rules and runs do to an experiment is told, in the transaction that does it."""

import pytest
from records import claim_run, finish_run, make_cell
from sqlalchemy import text

from evenkeel.grids.about import About
from evenkeel.grids.replication import SeedRule, Until
from evenkeel.grids.sharing import Quota, QuotaExceeded, Sharing
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.events import EventKind
from evenkeel.store import Charge, Post, Store

CELL, OTHER = make_cell(), make_cell(norm="batch")
CELLS = [CELL, OTHER]


def told(store: Store, name: str = "exp", limit: int = 100) -> list[tuple[str, str, str]]:
    """(kind, what it says, by whom) of each event, the oldest first."""
    found = store.experiments.find(name)
    assert found is not None
    return [(each.kind, each.says, each.by) for each in store.events.newest(found.id, limit)][::-1]


def test_a_post_says_what_it_added(store: Store) -> None:
    store.grids.ensure("exp", CELLS, range(4), post=Post("ann"))
    store.grids.ensure("exp", CELLS, range(4), post=Post("bob"))  # adds nothing
    store.grids.ensure("exp", CELLS, range(7), post=Post("bob"))
    store.grids.ensure("exp", [CELL, make_cell(init="lecun")], [7], post=Post("ann"))
    store.grids.ensure("exp", [CELL], [9, 10])
    assert told(store) == [
        ("posted", "2 cells posted with 4 seeds each: 8 runs", "ann"),
        ("extended", "3 seeds added to each of 2 cells", "bob"),
        ("extended", "1 cell added with 1 seed; 1 seed added to one cell", "ann"),
        ("extended", "2 seeds added to one cell", ""),
    ]


def test_seeds_that_come_after_a_result_are_one_more_look(store: Store) -> None:
    finish_run(store, CELL, 0, [0.1])
    store.grids.ensure("exp", [OTHER], [0])
    store.grids.ensure("exp", CELLS, [0, 1])
    look = "runs of these cells had finished before, so answers count one more look"
    assert [says for _, says, _ in told(store)][-2:] == [
        "1 cell added with 1 seed",
        f"1 seed added to each of 2 cells; {look}",
    ]


def test_what_is_done_to_an_experiment_is_told_once_with_its_counts(store: Store) -> None:
    store.grids.ensure("exp", [CELL], range(3))
    claim_run(store, CELL, 0)
    for _ in range(2):
        store.experiments.pause("exp", "ann")
    for _ in range(2):
        store.experiments.resume("exp", "bob")
    store.experiments.change("exp", Sharing(priority=3, max_running=2), by="ann")
    store.experiments.change("exp", Sharing(priority=3, max_running=0), About(note="*No*", tags=["a", "b"]), "bob")
    store.experiments.change("exp", Sharing(max_running=0), About(note="*No*", tags=["a", "b"]))  # changes nothing
    store.experiments.change("exp", about=About(note="", tags=[]))
    store.experiments.cancel("exp", "ann")
    store.experiments.retry("exp", Charge("bob"))
    assert told(store)[1:] == [
        ("paused", "paused: 2 runs waiting, 1 run stopping at a checkpoint", "ann"),
        ("resumed", "resumed: 2 runs queued again", "bob"),
        ("shared", "priority set to 3, the most runs at once set to 2", "ann"),
        ("shared", "the most runs at once set to no limit", "bob"),
        ("noted", "note written, tags set to a, b", "bob"),
        ("noted", "note removed, tags removed", ""),
        ("cancelled", "2 runs cancelled, 1 run asked to stop", "ann"),
        ("retried", "2 failed or cancelled runs queued again", "bob"),
    ]


def test_what_is_done_to_one_run_names_it(store: Store) -> None:
    [first, second] = store.grids.ensure("exp", [CELL], range(2)).created
    claim_run(store, CELL, 1)
    store.one_run.cancel(first, "ann")
    store.one_run.cancel(first, "ann")  # was cancelled before
    store.one_run.cancel(second, "ann")
    store.one_run.retry(first, Charge("bob"))
    found = store.experiments.find("exp")
    assert found is not None
    events = store.events.newest(found.id, 3)[::-1]
    assert [(each.kind, each.says, each.by, each.run_id) for each in events] == [
        ("cancelled", "was cancelled", "ann", first),
        ("cancelled", "was asked to stop", "ann", second),
        ("retried", "was queued again", "bob", first),
    ]


def test_what_a_rule_does_is_told(store: Store) -> None:
    rule = SeedRule(min=2, max=3, until=Until(half_width=0.1))
    store.grids.ensure("exp", [CELL], [], rule=rule)
    store.rules.add("exp", {CELL.hash: 0}, "The interval is too wide.")
    store.rules.add("exp", {CELL.hash: 0}, "The interval is too wide.")
    store.rules.stop("exp", "It is known.")
    store.rules.stop("exp", "It is known.")
    assert told(store) == [
        ("seeds_added", "1 run added by the rule for seeds. The interval is too wide.", ""),
        ("rule_stopped", "the rule for seeds has stopped. It is known.", ""),
    ]


def test_runs_that_diverge_or_end_badly_tell_it(store: Store) -> None:
    finish_run(store, CELL, 0, [0.1], Outcome.DIVERGED, diverged_epoch=2)
    claim = claim_run(store, CELL, 1)
    store.claims.crash(claim, Reason.DIED, "killed by SIGKILL", 3)
    claim = claim_run(store, CELL, 1)
    store.claims.crash(claim, Reason.ERROR, "ValueError: no", 3)
    assert [each for each in told(store) if each[0] not in ("posted", "extended")] == [
        ("diverged", "diverged in epoch 2", ""),
        ("interrupted", "was interrupted in attempt 1: killed by SIGKILL", ""),
        ("failed", "failed: ValueError: no", ""),
    ]


def test_the_newest_are_told_first_and_no_more_than_asked_for(store: Store) -> None:
    for seed in range(5):
        store.grids.ensure("exp", [CELL], [seed])
        store.grids.ensure("other", [CELL], [seed])
    assert len(told(store)) == 5
    assert told(store, limit=2)[-1] == told(store)[-1]
    assert len(told(store, limit=2)) == 2


def test_what_is_undone_was_never_told(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0])
    with pytest.raises(QuotaExceeded):
        store.grids.ensure("exp", [CELL], range(9), quota=Quota(5, 5))
    assert len(told(store)) == 1


def test_events_go_with_their_experiment_and_a_deleted_cell_is_told(store: Store) -> None:
    store.grids.ensure("exp", CELLS, [0])
    found = store.experiments.find("exp")
    assert found is not None
    store.deletions.forget(found.id, OTHER.hash, "yolo-batch", "ann")
    assert told(store)[-1] == ("forgotten", "the cell yolo-batch deleted with 1 run", "ann")
    assert store.deletions.delete("exp") is not None
    assert store.events.newest(found.id, 10) == []


def test_the_newest_events_are_read_from_an_index(store: Store) -> None:
    newest = "SELECT * FROM events WHERE experiment_id = 1 ORDER BY at_ms DESC, id DESC LIMIT 100"
    with store.database.read() as db:
        if store.database.dialect == "postgresql":
            # The table is empty, and reading it whole would cost less.
            db.execute(text("SET enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if store.database.dialect == "sqlite" else "EXPLAIN"
        plan = "\n".join(" ".join(map(str, row)) for row in db.execute(text(f"{explain} {newest}")))
    assert "ix_events_experiment_id_at_ms" in plan


def test_kinds_fit_their_column() -> None:
    assert all(len(kind) <= 16 for kind in EventKind)
