"""Cells whose runs are the same bit for bit count as one cell, and cells that only look alike do not."""

import numpy as np
import pytest

from evenkeel.factors.effects import Effects, effects
from evenkeel.factors.identical import Alike, counted_once, identical_cells
from evenkeel.factors.terms import Note, NoteKind

EPOCHS = 6


def curves_of(cells: int, seeds: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(cells, seeds, EPOCHS)).reshape(cells * seeds, EPOCHS)


def alike(curves: np.ndarray, cells: int, bad: list[int] | None = None) -> Alike:
    """The cells of runs that are sorted by cell and seed."""
    seeds = len(curves) // cells
    lost = np.isin(np.arange(len(curves)), bad or [])
    return identical_cells(np.repeat(np.arange(cells), seeds), np.tile(np.arange(seeds), cells), curves, lost)


def test_a_cell_with_the_same_curves_as_an_earlier_one_counts_as_it() -> None:
    curves = curves_of(4, 3, np.random.default_rng(0))
    curves[9:12] = curves[3:6]
    assert alike(curves, 4) == {3: 1}


def test_one_other_bit_makes_another_cell() -> None:
    curves = curves_of(2, 3, np.random.default_rng(0))
    curves[3:] = curves[:3]
    curves[5, 2] = np.nextafter(curves[5, 2], 1)
    assert alike(curves, 2) == {}


def test_another_outcome_makes_another_cell() -> None:
    curves = curves_of(2, 3, np.random.default_rng(0))
    curves[3:] = curves[:3]
    assert alike(curves, 2, bad=[1, 4]) == {1: 0}
    assert alike(curves, 2, bad=[1]) == {}


@pytest.mark.parametrize("level", [0.0, 0.1, np.nan])
def test_runs_that_lie_at_chance_or_have_no_values_do_not_tell(level: float) -> None:
    assert alike(np.full((6, EPOCHS), level), 2) == {}
    curves = curves_of(2, 3, np.random.default_rng(0))
    curves[[0, 3]] = level
    assert alike(curves, 2) == {}
    curves[[1, 2, 4, 5]] = curves[[1, 2, 1, 2]]
    assert alike(curves, 2) == {1: 0}


def test_lost_runs_alone_do_not_tell() -> None:
    """Networks that died in the first step train alike from there on, whatever their levels are."""
    curves = curves_of(2, 3, np.random.default_rng(0))
    curves[3:] = curves[:3]
    assert alike(curves, 2, bad=list(range(6))) == {}


def test_a_curve_that_another_seed_has_too_does_not_tell() -> None:
    """With one epoch and 20 test examples, many runs end at the same accuracy."""
    rng = np.random.default_rng(0)
    found = sum(bool(alike(np.round(rng.uniform(0.8, 1, (24, 1)) * 20) / 20, 8)) for _ in range(200))
    assert found <= 2


def test_a_row_a_run_is_enough_where_two_seeds_tell() -> None:
    ends = np.random.default_rng(0).normal(size=(4, 1))
    assert alike(np.concatenate([ends, ends]), 2) == {1: 0}
    assert alike(np.concatenate([ends[:1], ends[:1]]), 2) == {}


def test_cells_without_a_seed_in_common_are_two() -> None:
    curves = np.tile(curves_of(1, 3, np.random.default_rng(0)), (2, 1))
    assert identical_cells(np.repeat([0, 1], 3), np.arange(6), curves, np.zeros(6, bool)) == {}


def test_a_seed_that_only_the_copy_has_counts_for_the_cell() -> None:
    curves = curves_of(1, 4, np.random.default_rng(0))
    cell_of, seeds = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 1, 2, 3])
    found = identical_cells(cell_of, seeds, curves[seeds], np.zeros(6, bool))
    assert found == {1: 0}
    kept, whose = counted_once(cell_of, seeds, found)
    assert (kept.tolist(), whose.tolist()) == ([0, 1, 2, 5], [0] * 6)


def inert(levels: int, seeds: int = 3, rng: np.random.Generator | None = None, permutations: int = 199) -> Effects:
    """Norm has two levels that do not matter. Epsilon has levels that train to the same bits."""
    curves = curves_of(2, seeds, rng or np.random.default_rng(0)).reshape(2, 1, seeds, EPOCHS)
    curves = np.tile(curves, (1, levels, 1, 1)).reshape(-1, EPOCHS)
    cells = [{"norm": norm, "eps": eps} for norm in ("batch", "none") for eps in range(levels)]
    cell_of, seed_of = np.repeat(np.arange(len(cells)), seeds), np.tile(np.arange(seeds), len(cells))
    bad = np.zeros(len(curves), bool)
    order = {"norm": ["batch", "none"], "eps": list(range(levels))}
    return effects(cells, cell_of, curves[:, -1], curves, bad, 0, permutations, order, seed_of)


def test_the_effects_count_such_cells_once_and_say_so() -> None:
    once, four = inert(1), inert(4)
    assert four.responses == once.responses
    assert (four.num_cells, four.num_runs, four.factors) == (2, 6, {"norm": ["batch", "none"]})
    [note] = [note for note in four.notes if note.kind is NoteKind.SAME_CURVES]
    assert note == Note(NoteKind.SAME_CURVES, 6, 8, ((0, 1, 2, 3), (4, 5, 6, 7)))
    assert not any(note.kind is NoteKind.SAME_CURVES for note in once.notes)


@pytest.mark.slow
def test_four_levels_that_change_nothing_do_not_pass_for_four_times_the_runs() -> None:
    """If each counted as runs of its own, p would be below .05 in a third of such grids."""
    rng = np.random.default_rng(1)
    found = [inert(4, seeds=5, rng=rng, permutations=9).responses.final.terms[0].p for _ in range(100)]
    assert sum(p is not None and p <= 0.05 for p in found) <= 12
