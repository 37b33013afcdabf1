"""Rounds of seeds, on SQLite and on Postgres: each run comes once, whoever adds it and however often."""

import threading
from typing import Any

import pytest
from bells import Bell
from records import make_cell

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.looks import look_at
from evenkeel.analysis.summary import CellSummary, Summaries
from evenkeel.grids.replication import SeedRule
from evenkeel.grids.sharing import Device
from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.replication.rounds import add_rounds
from evenkeel.store import RuleFixed, Store, now_ms
from models.task import CLASSIFICATION

pytestmark = pytest.mark.slow

CELLS = [make_cell(), make_cell("resnet")]
KNOWN = [0.5, 0.5001, 0.4999, 0.5002, 0.4998, 0.5]


def rule(least: int = 5, most: int = 7, **until: Any) -> SeedRule:
    return SeedRule.model_validate({"min": least, "max": most, "until": until or {"half_width": 0.01}})


def post(store: Store, which: SeedRule | None, seeds: int | None = None) -> int:
    seeds = which.min if which and seeds is None else seeds
    return store.grids.ensure("exp", CELLS, range(seeds or 0), rule=which).num_created


def train(store: Store, wild: bool = True) -> None:
    """Train what is queued. The runs of the ResNet lie far apart if `wild`, and all others close together."""
    while claim := store.claims.take(Taker("w", "v", {"classification": 1}), 60):
        resnet = claim.spec.cell.levels["arch"] == "resnet"
        value = 0.1 * claim.spec.seed if wild and resnet else KNOWN[claim.spec.seed % 6]
        for epoch in range(1, 4):
            # Cells with equal curves would count as one, so the first epochs differ.
            now = value / 2 if epoch == 1 and resnet else value
            store.claims.append_epoch(claim, Epoch(claim.run_id, epoch, {"train_accuracy": now}, 0.1, now_ms()))
        assert store.claims.finish(claim, Outcome.CONVERGED)


def seeds_of(store: Store) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for run in store.runs.all("exp"):
        found.setdefault(str(run.levels["arch"]), []).append(run.seed)
    return {arch: sorted(seeds) for arch, seeds in sorted(found.items())}


def state(store: Store) -> tuple[bool, str]:
    found = store.experiments.find("exp")
    assert found is not None
    return found.rule_going, found.rule_says


def test_the_cell_that_needs_it_gets_one_seed_a_round_until_the_most_and_workers_are_woken(store: Store) -> None:
    bell = Bell()
    post(store, rule())
    assert add_rounds(store, bell) == 0  # the first round trains
    for seeds in (6, 7):
        train(store)
        assert add_rounds(store, bell) == 1
        assert seeds_of(store) == {"resnet": list(range(seeds)), "yolo": list(range(5))}
        assert "1 cell gets one more seed" in state(store)[1]
    assert bell.rung == [(Device.ANY, 1)] * 2
    train(store)
    assert add_rounds(store, bell) == 0
    going, says = state(store)
    assert not going
    assert says.endswith("the other cells have 7 seeds, the most that it allows.")
    assert store.rules.due() == []


def test_the_rule_stops_as_soon_as_it_is_decided(store: Store) -> None:
    post(store, rule())
    train(store, wild=False)
    assert add_rounds(store, Bell()) == 0
    assert state(store) == (False, "The mean is known to within 0.01 for 2 of 2 cells. So the rule has stopped.")


def test_many_at_once_and_one_that_comes_late_add_each_run_once(store: Store) -> None:
    post(store, rule())
    train(store)
    threads = [threading.Thread(target=add_rounds, args=(store, Bell())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seeds_of(store)["resnet"] == list(range(6))
    assert store.rules.add("exp", {CELLS[1].hash: 6}, "too early") == 0
    train(store)
    assert store.rules.add("exp", {CELLS[1].hash: 5}, "decided before the last round") == 0
    assert seeds_of(store)["resnet"] == list(range(6))


def test_the_same_rule_posted_again_changes_nothing_and_a_number_of_seeds_adds_some_by_hand(store: Store) -> None:
    post(store, rule())
    train(store, wild=False)
    add_rounds(store, Bell())
    before = state(store)
    assert (post(store, rule()), state(store)) == (0, before)
    assert post(store, None, 9) == 8
    assert state(store) == before


def test_a_rule_can_change_only_before_runs_have_finished(store: Store) -> None:
    post(store, rule())
    post(store, rule(most=9))
    train(store)
    with pytest.raises(RuleFixed, match=r'"max":9.*allowed: that rule, or a number'):
        post(store, rule(most=20))
    assert post(store, rule(most=9)) == 0


def test_rounds_are_no_looks_but_a_rule_that_came_after_results_is_one(store: Store) -> None:
    def number() -> int:
        return look_at(
            [facts for _, facts in Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy", "exp")]
        ).number

    post(store, rule())
    train(store)
    add_rounds(store, Bell())
    train(store)
    assert seeds_of(store)["resnet"] == list(range(6))
    assert number() == 1
    with store.database.write() as db:
        db.exec_driver_sql("UPDATE runs SET created_ms = ended_ms + 1 WHERE seed = 5")
    assert number() == 2


@pytest.mark.slow
def test_nothing_is_claimed_before_the_rule_has_stopped_and_each_planned_look_has_its_share(store: Store) -> None:
    def effects() -> Any:
        cells = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy", "exp")
        summary = [CellSummary.of(name, facts) for name, facts in cells]
        return which_mattered(CLASSIFICATION, summary, CLASSIFICATION.metric("train_accuracy"), "exp")

    post(store, rule(decided="arch"))
    train(store, wild=False)
    assert effects().answer == "In no cell have all seeds ended yet."
    while store.rules.due():
        add_rounds(store, Bell())
        train(store, wild=False)
    found = effects()
    assert found.level == pytest.approx(0.04 / 3)
    assert found.num_runs == 14
    assert (
        "The rule that adds seeds looks at the results, too. So a result counts as shown only if p is at most 0.013,"
        in found.answer
    )


def test_cancelling_stops_the_rule_and_a_retry_lets_it_go_on(store: Store) -> None:
    post(store, rule())
    store.experiments.cancel("exp")
    assert state(store) == (False, "The rule has stopped, because the experiment was cancelled.")
    assert add_rounds(store, Bell()) == 0
    store.experiments.retry("exp")
    assert state(store) == (True, "")
    train(store)
    assert add_rounds(store, Bell()) == 1
