"""Cells without statistics over their seeds give the same answers as those of a summary."""

import numpy as np
import pytest
from records import claim_run, finish_run, log_epochs, make_cell

from evenkeel.analysis.compare import compare
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.seeds_needed import how_many_seeds
from evenkeel.analysis.summary import CellSummary, Summaries
from evenkeel.plugins import Outcome
from evenkeel.store import Store
from models.task import CLASSIFICATION

METRIC = CLASSIFICATION.metric("train_accuracy")


@pytest.fixture
def store(own_store: Store) -> Store:
    """Cells of runs that converged, collapsed and diverged, one of them lost, one early, and one that still trains."""
    store, rng = own_store, np.random.default_rng(0)
    for arch in ("yolo", "resnet"):
        for lr in (0.1, 0.2, 0.3):
            for seed in range(3):
                curve = [0.2, 0.5, 0.7 + rng.uniform(0, 0.1)]
                outcome = Outcome.CONVERGED
                if (lr, seed) == (0.3, 1):
                    curve, outcome = [0.1, 0.1], Outcome.COLLAPSED
                if (arch, lr) == ("resnet", 0.3) and seed != 1:
                    curve, outcome = [0.2], Outcome.DIVERGED
                gone = 2 if outcome is Outcome.DIVERGED else None
                finish_run(store, make_cell(arch, lr=lr), seed, curve, outcome, gone)
    log_epochs(store, claim_run(store, make_cell("yolo", lr=0.4), 0), [0.1])
    return store


@pytest.mark.slow
def test_a_sample_of_cells_gives_every_answer_that_their_summary_gives(store: Store) -> None:
    summaries = Summaries(store)
    found = summaries.find(CLASSIFICATION, {}, METRIC.name, "exp")
    whole = [CellSummary.of(name, facts) for name, facts in found.cells]
    samples, _ = summaries.sample(CLASSIFICATION, {}, METRIC.name, "exp")
    assert [each.cell for each in samples] == [each.cell for each in whole]
    assert [each.whole_epochs for each in samples] == [each.whole_epochs for each in whole]
    assert {each.whole_epochs for each in samples} == {0, 3}
    assert [each.divergence for each in samples] == [each.divergence for each in whole]
    assert which_mattered(CLASSIFICATION, samples, METRIC, "exp") == which_mattered(
        CLASSIFICATION, whole, METRIC, "exp"
    )
    first = whole[0].cell
    assert compare(CLASSIFICATION, samples, first, [], METRIC, "exp") == compare(
        CLASSIFICATION, whole, first, [], METRIC, "exp"
    )
    for of in ("mean", "std", "divergence"):
        for sample, cell in zip(samples, whole, strict=True):
            assert how_many_seeds(sample, METRIC, 0.01, of) == how_many_seeds(cell, METRIC, 0.01, of)


def test_a_sample_is_kept_until_a_run_of_its_cell_changes(store: Store) -> None:
    summaries = Summaries(store)
    before, _ = summaries.sample(CLASSIFICATION, {}, METRIC.name)
    finish_run(store, make_cell("yolo", lr=0.1), 3, [0.1, 0.2, 0.3])
    after, _ = summaries.sample(CLASSIFICATION, {}, METRIC.name)
    kept = [one is other for one, other in zip(before, after, strict=True)]
    assert kept.count(False) == 1
    assert len(after[kept.index(False)].curves) == 4
