"""The effects of factors are right if the truth is known, absent if there are none, and sensible in corner cases."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from studies import CELLS, EPOCHS, interacting, study, three_rates

from evenkeel.factors.effects import Effects, effects
from evenkeel.factors.study import study_of
from evenkeel.factors.terms import Note, NoteKind


def mattering(found: Effects, response: str) -> list[str]:
    return [term.term for term in getattr(found.responses, response).terms if term.matters]


def test_numbers_are_compared_with_the_lowest_wherever_their_cells_stand() -> None:
    found = study(cells=[{"lr": lr, "norm": "none"} for lr in (0.1, 0.001, 0.01)])
    assert found.factors == {"lr": [0.001, 0.01, 0.1]}
    [term] = found.responses.final.terms
    assert [(each.level, each.against) for each in term.contrasts] == [("0.01", "0.001"), ("0.1", "0.001")]


def test_the_factors_are_those_that_vary_in_order() -> None:
    found = study()
    assert found.factors == {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}
    assert (found.num_cells, found.missing_cells, found.num_runs, found.seeds_per_cell) == (
        8,
        0,
        24,
        [3, 3],
    )


def test_effects_that_are_there_are_named_with_their_size() -> None:
    found = study(seeds=5, shift=-0.2, wide=4.0, collapse=0.7)
    for response in ("final", "spread", "divergence"):
        assert mattering(found, response) == ["norm"]
    [final] = [term for term in found.responses.final.terms if term.term == "norm"]
    [contrast] = final.contrasts
    assert (contrast.level, contrast.against) == ("none", "batch")
    assert contrast.low < -0.2 < contrast.high
    [spread] = [term for term in found.responses.spread.terms if term.term == "norm"]
    assert spread.contrasts[0].low < 4 < spread.contrasts[0].high


@pytest.mark.slow
@pytest.mark.parametrize("collapse", [0.0, 0.15])
def test_nothing_is_claimed_where_nothing_is_more_often_than_one_grid_in_twenty(collapse: float) -> None:
    rng, claims = np.random.default_rng(1), dict.fromkeys(("final", "spread", "divergence"), 0)
    for _ in range(60):
        cell_of = np.repeat(np.arange(8), 3)
        curves = 0.8 + 0.02 * rng.normal(size=(24, EPOCHS)).cumsum(axis=1)
        bad = rng.uniform(size=24) < collapse
        curves[bad] = 0.1
        found = effects(CELLS, cell_of, curves[:, -1], curves, bad, permutations=199)
        for response in claims:
            claims[response] += bool(mattering(found, response))
    # Of 60 grids at 5 %, more than 8 claim an effect in less than one test in 200.
    assert max(claims.values()) <= 8


def test_holm_is_over_the_factors_of_a_response() -> None:
    terms = [term for term in study(shift=-0.03).responses.final.terms if term.order == 1]
    smallest = min(term.p_permutation for term in terms)
    assert min(term.p_holm for term in terms) == pytest.approx(min(1, 3 * smallest))


def test_both_factors_of_an_interaction_matter_and_so_do_they_together() -> None:
    found = interacting()
    assert set(mattering(found, "final")) == {"arch", "norm", "arch:norm"}
    [pair] = [term for term in found.responses.final.terms if term.term == "arch:norm"]
    assert pair.p is not None
    assert pair.p < 1e-6


def test_a_missing_cell_is_said_and_the_factors_are_still_judged() -> None:
    found = study(cells=CELLS[:-1], shift=-0.2)
    assert found.missing_cells == 1
    assert Note(NoteKind.MISSING_CELLS, 1, 8) in found.notes
    assert mattering(found, "final") == ["norm"]


def test_factors_that_change_together_are_not_told_apart() -> None:
    found = study(cells=[CELLS[0], CELLS[-1]], shift=-0.5)
    assert Note(NoteKind.CHANGE_TOGETHER) in found.notes
    assert mattering(found, "final") == []
    assert {term.matters for term in found.responses.final.terms} == {None}


def test_a_level_may_be_a_number_and_there_may_be_many() -> None:
    found = three_rates()
    [term] = found.responses.final.terms
    assert [contrast.level for contrast in term.contrasts] == ["0.003", "0.01"]
    assert term.df == 2


@pytest.mark.parametrize("seeds", [0, 1, 2])
def test_few_seeds_give_sense(seeds: int) -> None:
    found = study(seeds=seeds, shift=-0.5)
    assert found.num_runs == 8 * seeds
    if seeds == 1:
        assert found.responses.spread.num_cells == 0
        assert found.responses.final.terms[1].p is None


def test_corners_give_sense_and_never_nan() -> None:
    one = effects(CELLS[:1], np.zeros(3, int), np.ones(3), np.ones((3, 4)), np.zeros(3, bool))
    assert one.factors == {}
    equal = effects(CELLS, np.repeat(np.arange(8), 3), np.ones(24), np.ones((24, 4)), np.ones(24, bool))
    json.dumps([asdict(one), asdict(equal)], allow_nan=False)
    assert [mattering(equal, response) for response in ("final", "spread", "divergence")] == [[], [], []]
    assert Note(NoteKind.ALL_BAD) in equal.notes
    unknown = effects(
        CELLS,
        np.repeat(np.arange(8), 3),
        np.full(24, np.nan),
        np.full((24, 4), np.nan),
        np.zeros(24, bool),
    )
    json.dumps(asdict(unknown), allow_nan=False)
    assert effects([], np.array([], int), np.array([]), np.empty((0, 0)), np.array([], bool)).num_cells == 0


def test_the_same_data_give_the_same_answer() -> None:
    assert study(shift=-0.02) == study(shift=-0.02)


@pytest.mark.slow
def test_two_seeds_a_cell_claim_no_spread() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        found = study(seeds=2, rng=rng)
        assert mattering(found, "spread") == []
        assert Note(NoteKind.PAIRS) in found.notes


def test_runs_alike_within_their_cells_leave_no_error_to_judge_by() -> None:
    cell_of = np.repeat(np.arange(8), 3)
    final = np.array([0.1, 0.2, 0.3, 0.7, 0.1, 0.2, 0.3, 0.7])[cell_of]
    found = effects(CELLS, cell_of, final, final[:, np.newaxis], np.zeros(24, bool), permutations=199)
    json.dumps(asdict(found), allow_nan=False)
    assert {term.p for term in found.responses.final.terms} == {None}


def test_a_seed_lost_of_three_leaves_a_pair_and_is_told() -> None:
    rng = np.random.default_rng(5)
    curves = rng.normal(size=(24, EPOCHS))
    curves[::3] = np.nan
    found = effects(CELLS, np.repeat(np.arange(8), 3), curves[:, -1], curves, np.isnan(curves[:, 0]))
    assert Note(NoteKind.PAIRS) in found.notes
    assert {term.p_permutation for term in found.responses.spread.terms} == {None}


def paired(rng: np.random.Generator, rho: float, shift: float, seeds: int = 5) -> Effects:
    """Init shifts the final value. The two inits of a seed resemble each other with correlation rho."""
    cell_of, seed = np.repeat(np.arange(8), seeds), np.tile(np.arange(seeds), 8)
    source = rng.normal(size=(4, seeds))[cell_of // 2, seed]
    late = np.array([cell["init"] == "glorot" for cell in CELLS])[cell_of]
    final = rho**0.5 * source + (1 - rho) ** 0.5 * rng.normal(size=len(cell_of)) + shift * late
    bad = np.zeros(len(final), bool)
    return effects(CELLS, cell_of, final, final[:, np.newaxis], bad, permutations=199, seeds=seed)


@pytest.mark.slow
def test_runs_of_one_seed_are_compared_with_each_other() -> None:
    rng = np.random.default_rng(20)
    assert np.mean(["init" in mattering(paired(rng, 0.9, 0.5), "final") for _ in range(20)]) >= 0.8


def test_the_correlation_of_the_runs_of_one_seed_is_told() -> None:
    found = paired(np.random.default_rng(21), 1.0, 0.0)
    # Each cell has one cell that is its copy, and six that have nothing to do with it.
    assert found.responses.final.seed_correlation == pytest.approx(1 / 7, abs=0.25)
    assert study().responses.final.seed_correlation is None


@pytest.mark.slow
def test_inits_that_resemble_each_other_do_not_make_other_factors_matter() -> None:
    rng = np.random.default_rng(22)
    claims = [bool(mattering(paired(rng, 0.8, 0.0), "final")) for _ in range(150)]
    # The rate is about 6 %. Of 150 grids, more than 17 then claim an effect in one test in 200. Untied, it is 16 %.
    assert sum(claims) <= 17


def noisy(rng: np.random.Generator) -> Effects:
    """No effect. Cells without norm spread four times as wide and have three runs instead of ten."""
    bare = np.array([cell["norm"] == "none" for cell in CELLS])
    cell_of = np.repeat(np.arange(8), np.where(bare, 3, 10))
    final = rng.normal(size=len(cell_of)) * np.where(bare, 4.0, 1.0)[cell_of]
    return effects(CELLS, cell_of, final, final[:, np.newaxis], np.zeros(len(final), bool), permutations=199)


@pytest.mark.slow
def test_the_interval_of_a_noisy_level_with_few_runs_covers() -> None:
    rng, held = np.random.default_rng(23), []
    for _ in range(150):
        [term] = [term for term in noisy(rng).responses.final.terms if term.term == "norm"]
        held.append(term.contrasts[0].low <= 0 <= term.contrasts[0].high)
    assert np.mean(held) >= 0.9


def test_a_pure_crossover_matters_and_its_simple_effects_are_told() -> None:
    rng = np.random.default_rng(24)
    cell_of = np.repeat(np.arange(8), 3)
    better = np.array([(cell["norm"] == "none") == (cell["arch"] == "yolo") for cell in CELLS])[cell_of]
    final = 0.5 + 0.3 * better + rng.normal(0, 0.01, 24)
    found = effects(CELLS, cell_of, final, final[:, np.newaxis], np.zeros(24, bool), permutations=999)
    assert mattering(found, "final") == ["arch:norm"]
    [pair] = [term for term in found.responses.final.terms if term.matters]
    told = {(each.factor, each.level, each.against, each.at): each for each in pair.simple_effects}
    assert set(told) == {
        *(("arch", "resnet", "yolo", at) for at in ("batch", "none")),
        *(("norm", "none", "batch", at) for at in ("yolo", "resnet")),
    }
    assert told["norm", "none", "batch", "yolo"].estimate == pytest.approx(0.3, abs=0.03)
    assert told["norm", "none", "batch", "resnet"].high < 0


def test_each_contrast_has_a_p_of_its_own() -> None:
    [term] = three_rates().responses.final.terms
    idle, worse = term.contrasts
    assert term.matters
    assert idle.p_adjusted > 0.05
    assert worse.p <= worse.p_adjusted <= 0.05


def test_the_contrast_of_two_levels_is_judged_as_their_factor_is() -> None:
    for term in study(seeds=5, shift=-0.2, wide=4.0, collapse=0.7).responses.divergence.terms:
        assert term.contrasts[0].p == term.contrasts[0].p_adjusted == term.p_permutation


def test_a_late_look_makes_enough_permutations_for_its_level_but_not_without_limit() -> None:
    cell_of, seeds = np.repeat(np.arange(8), 5), np.arange(40)

    def fewest(level: float) -> int:
        return study_of(CELLS, cell_of, seeds, 0, 999, level).fewest_permutations

    assert fewest(0.04) == 150  # two above the smallest p of three factors
    assert fewest(0.0003125) == 19_200
    assert fewest(1e-9) == 150_000
