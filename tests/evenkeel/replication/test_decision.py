"""Which cells a rule gives another seed, when it stops, and what it says."""

from typing import Any

import numpy as np
from summaries import summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.replication import SeedRule
from evenkeel.replication.decision import Decision, decide
from models.task import CLASSIFICATION

ACCURACY = CLASSIFICATION.metric("train_accuracy")
RNG = np.random.default_rng(4)


def rule(most: int = 12, **until: Any) -> SeedRule:
    return SeedRule.model_validate({"min": 3, "max": most, "until": until})


def cell(norm: str, spread: float, seeds: int = 6, mean: float = 0.5, outcomes: Any = None, **more: Any) -> CellSummary:
    curves = mean + RNG.normal(0, spread, (seeds, 2))
    return summary_cell("yolo", norm, "he", curves.tolist(), outcomes, **more)


def decision(rule: SeedRule, *cells: CellSummary) -> Decision:
    return decide(rule, CLASSIFICATION, cells, ACCURACY, "exp")


def test_only_the_cells_that_are_not_known_well_enough_get_another_seed() -> None:
    calm, wild = cell("batch", 1e-4), cell("none", 0.1)
    found = decision(rule(half_width=0.01), calm, wild)
    assert found.seeds == {wild.hash: 6}
    assert found.says == (
        "The mean is known to within 0.01 for 1 of 2 cells. 1 cell gets one more seed, up to 12 in all."
    )


def test_the_rule_stops_when_every_mean_is_known() -> None:
    found = decision(rule(half_width=0.01), cell("batch", 1e-4), cell("none", 1e-4))
    assert found == Decision("The mean is known to within 0.01 for 2 of 2 cells. So the rule has stopped.")


def test_the_rule_stops_at_the_most_seeds_and_says_what_is_not_known() -> None:
    found = decision(rule(6, half_width=0.01), cell("batch", 1e-4), cell("none", 0.1))
    assert found.seeds == {}
    assert found.says == (
        "The mean is known to within 0.01 for 1 of 2 cells. "
        "The rule has stopped, because the other cells have 6 seeds, the most that it allows."
    )


def test_a_cell_whose_runs_mostly_diverge_gets_no_more_seeds() -> None:
    found = decision(rule(half_width=0.01), cell("none", 0.1, outcomes=dict.fromkeys(range(4), 1)))
    assert found.seeds == {}
    assert "1 of them is unstable and gets no more seeds" in found.says


def test_a_seed_that_failed_is_not_tried_again() -> None:
    wild = cell("none", 0.1, queued=1)  # the run of seed 6 has no result
    assert decision(rule(half_width=0.01), wild).seeds == {wild.hash: 7}


def test_all_cells_get_another_seed_until_the_effect_is_shown() -> None:
    alike = [cell("batch", 0.01, 4), cell("none", 0.01, 4)]
    found = decision(rule(decided="norm"), *alike)
    assert found.seeds == {each.hash: 4 for each in alike}
    assert found.says.startswith("No effect of norm on the final train_accuracy could be shown so far (p = ")
    assert "compared with 0.04" in found.says
    shown = decision(rule(decided="norm"), cell("batch", 0.01, 6), cell("none", 0.01, 6, mean=0.9))
    assert shown.seeds == {}
    assert shown.says.startswith("The effect of norm on the final train_accuracy is shown (p = 0.0")
    assert shown.says.endswith("So the rule has stopped.")


def test_a_rule_that_stops_undecided_says_that_this_proves_nothing() -> None:
    found = decision(rule(4, decided="norm"), cell("batch", 0.01, 4), cell("none", 0.01, 4))
    assert found.seeds == {}
    assert found.says.endswith("This is no proof that there is no effect.")


def test_an_experiment_without_a_cell_that_can_be_read_stops() -> None:
    assert decision(rule(half_width=1)).seeds == {}
