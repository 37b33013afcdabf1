"""Which look at the results an answer is, and what it then takes to claim something."""

from dataclasses import replace

import numpy as np
import pytest
from records import make_cell
from summaries import summary_cell

from evenkeel.analysis.compare import compare
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.facts import Extension
from evenkeel.analysis.looks import Look, look_at
from evenkeel.analysis.summary import CellSummary, Summaries
from evenkeel.analysis.wording.looks import look_says
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION

ACCURACY = CLASSIFICATION.metric("train_accuracy")
CELL, OTHER = make_cell(), make_cell("resnet")


def cells(shift: float, seeds: int = 5, extended: int = 0) -> list[CellSummary]:
    """Four cells, of which those without norm lie higher, by `shift` standard deviations."""
    noise = np.random.default_rng(5).normal(0, 0.01, (4, seeds, 2))
    found = [
        summary_cell(arch, norm, "he", (0.5 + 0.01 * shift * (norm == "none") + noise[2 * i + j]).tolist())
        for i, arch in enumerate(("yolo", "resnet"))
        for j, norm in enumerate(("batch", "none"))
    ]
    times = [Extension("exp", at_ms) for at_ms in range(extended)]
    return [replace(cell, extended=times) for cell in found]


def train_all(store: Store, outcome: Outcome | None = Outcome.CONVERGED) -> None:
    """Train every queued run, each ending a little later. An outcome of None fails them."""
    while claim := store.claims.take(Taker("w", "v", {"classification": 1}), 60):
        for epoch in range(1, 4):
            store.claims.append_epoch(claim, Epoch(claim.run_id, epoch, {"train_accuracy": 0.5}, 0.1, now_ms()))
        if outcome is None:
            store.claims.fail(claim, Reason.ERROR, "broken")
        else:
            store.claims.finish(claim, outcome)


def look_of(store: Store, experiment: str | None = "exp") -> int:
    found = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy", experiment)
    return look_at([facts for _, facts in found]).number


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every time that the store asks for it, a second later."""
    seconds = iter(range(1, 10**6))
    for clock in ("store.grids.now_ms", "claims.claims.clock_ms", "claims.ends.clock_ms", "store.queueing.now_ms"):
        monkeypatch.setattr(f"evenkeel.{clock}", lambda: 1000 * next(seconds))


def test_each_post_that_adds_seeds_after_runs_have_finished_is_a_look(store: Store, clock: None) -> None:
    store.grids.ensure("exp", [CELL, OTHER], range(2))
    store.grids.ensure("exp", [CELL, OTHER], range(3))
    train_all(store)
    assert look_of(store) == 1
    store.grids.ensure("exp", [CELL, OTHER], range(5))
    train_all(store)
    assert look_of(store) == 2
    store.grids.ensure("exp", [CELL], range(6))
    store.grids.ensure("exp", [OTHER], range(6))
    train_all(store)
    assert look_of(store) == 4


def test_the_same_grid_again_and_further_cells_are_no_look(store: Store, clock: None) -> None:
    store.grids.ensure("exp", [CELL], range(3))
    train_all(store)
    store.grids.ensure("exp", [CELL, OTHER], range(3))
    train_all(store)
    store.grids.ensure("copy", [CELL], range(3))
    train_all(store)
    assert (look_of(store), look_of(store, None)) == (1, 1)


@pytest.mark.slow
def test_seeds_that_another_experiment_adds_are_a_look_at_all_experiments(store: Store, clock: None) -> None:
    for number, seeds in enumerate((3, 5, 7)):
        store.grids.ensure(f"exp{number}", [CELL], range(seeds))
        train_all(store)
    assert [look_of(store, name) for name in ("exp0", "exp2", None)] == [1, 1, 3]


def test_additions_that_failed_or_were_cancelled_are_no_look_until_they_are_queued_again(
    store: Store, clock: None
) -> None:
    store.grids.ensure("exp", [CELL], range(4))
    claim = store.claims.take(Taker("w", "v", {"classification": 1}), 60)
    assert claim is not None
    store.claims.finish(claim, Outcome.COLLAPSED)
    store.experiments.cancel("exp")
    assert look_of(store) == 1
    store.experiments.retry("exp")
    train_all(store, None)
    assert look_of(store) == 1
    store.experiments.retry("exp")
    train_all(store)
    assert look_of(store) == 2


def test_a_run_that_failed_and_is_queued_again_is_no_look(store: Store, clock: None) -> None:
    store.grids.ensure("exp", [CELL], range(2))
    claim = store.claims.take(Taker("w", "v", {"classification": 1}), 60)
    assert claim is not None
    store.claims.finish(claim, Outcome.COLLAPSED)
    train_all(store, None)
    store.experiments.retry("exp")
    train_all(store)
    assert look_of(store) == 1


def test_a_cell_that_is_deleted_takes_its_looks_with_it(store: Store, clock: None) -> None:
    store.grids.ensure("exp", [CELL, OTHER], range(3))
    train_all(store)
    store.grids.ensure("exp", [CELL], range(5))
    train_all(store)
    found = store.experiments.find("exp")
    assert found is not None
    store.deletions.forget(found.id, CELL.hash)
    assert look_of(store) == 1


def test_effects_need_a_smaller_p_at_a_later_look_and_the_answer_says_so() -> None:
    first, third = (which_mattered(CLASSIFICATION, cells(2, extended=n), ACCURACY, "exp") for n in (0, 2))
    [one] = [term for term in first.responses.final.terms if term.term == "norm"]
    [other] = [term for term in third.responses.final.terms if term.term == "norm"]
    assert one.p_holm is not None
    assert 0.0025 < one.p_holm <= 0.04
    assert (one.matters, first.look, first.level) == (True, 1, 0.04)
    assert (other.matters, third.look, third.level) == (False, 3, 0.0025)
    assert "no effect of architecture or norm could be shown" in third.answer
    assert third.answer.endswith(
        "This is the third look at these cells, because seeds were added twice after runs had finished. "
        "So a result counts as shown only if p is at most 0.0025, instead of 0.05."
    )
    assert first.answer.endswith(
        "A result counts as shown if p is at most 0.04: 0.01 of the usual 0.05 is kept for looks after more seeds."
    )


@pytest.mark.slow
def test_a_clear_effect_can_be_shown_even_at_the_eighth_look() -> None:
    found = which_mattered(CLASSIFICATION, cells(8, seeds=8, extended=7), ACCURACY, "exp")
    [norm] = [term for term in found.responses.final.terms if term.term == "norm"]
    assert found.level < 1e-4
    assert norm.matters


def test_a_comparison_needs_a_smaller_p_at_a_later_look_and_says_when_the_seeds_cannot_reach_it() -> None:
    def says(seeds: int, extended: int) -> str:
        four = cells(9, seeds, extended)
        found = compare(CLASSIFICATION, four, four[1].cell, [four[0].cell], ACCURACY, "exp")
        assert found.about_level == look_says(Look(1 + extended))
        assert (found.look, found.level) == (1 + extended, Look(1 + extended).level)
        return found.comparisons[0].says

    assert "shows a difference" in says(5, 0)
    assert "5 against 5 seeds cannot reach p = 0.005" in says(5, 1)
    assert "shows a difference" in says(7, 1)
    assert "3 against 3 seeds cannot reach p = 0.04" in says(3, 0)


def test_the_sentence_counts_the_looks() -> None:
    assert "the second look at these cells, because seeds were added once after" in look_says(Look(2))
    both = "runs had finished. The rule that adds seeds looks at the results, too. So a result counts as "
    both += "shown only if p is at most 0.0005"
    assert f"{both}, " in look_says(Look(2, shares=10))
    assert "the 12th look at these cells, because seeds were added 11 times after" in look_says(Look(12))
