"""Which factors matter for the final value, for the spread over seeds, and for divergence.

A single cell with three seeds proves nothing. A whole grid, however, shows the effect of a factor again for every
combination of the other factors' levels. This repetition gives the tests their power, although n is small.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.factors.diverging import divergence_response
from evenkeel.factors.identical import Alike, counted_once, identical_cells
from evenkeel.factors.permutation import num_permutations
from evenkeel.factors.responses import final_response, spread_response
from evenkeel.factors.sensitivity import Sensitivity, sensitivities
from evenkeel.factors.study import study_of
from evenkeel.factors.terms import Note, NoteKind, Response, Responses
from evenkeel.factors.trend import Trend, trends
from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.multiple import LEVEL, holm


@result
class Extent:
    """The factors, cells and runs that were analysed."""

    factors: dict[str, list[Any]] = about(
        "The factors that have two or more levels among the cells, with these levels."
    )
    num_cells: int = about("Number of cells.")
    missing_cells: int = about("Number of combinations of levels that are not among the cells.")
    num_runs: int = about("Number of finished runs.")
    seeds_per_cell: list[int] = about("The fewest and the most finished runs of a cell.")


@result
class Effects(Extent):
    notes: list[Note] = about("What was left out or could not be estimated.")
    responses: Responses = about("The effects of the factors on each response.")
    sensitivity: list[Sensitivity] = about(
        "For each ordered numeric factor, at each combination of the other factors: how sensitive the final value is."
    )
    trends: list[Trend] = about("For each ordered numeric factor: each level against the one before it.")


def effects(
    cells: Sequence[Mapping[str, Any]],
    cell_of: NDArray[np.int64],
    final: Array,
    curves: Array,
    bad: NDArray[np.bool_],
    seed: int = 0,
    permutations: int = 9999,
    order: Mapping[str, Sequence[Any]] | None = None,
    seeds: NDArray[np.int64] | None = None,
    higher_is_better: bool = True,
    start: float | None = None,
    level: float = LEVEL,
) -> Effects:
    """Fit the factorial model to three responses: the final value, the spread and divergence.

    Cells that have the same curves for every seed are one cell (`identical_cells`), and each of its seeds counts once.

    Args:
        cells: For each cell, factor -> level. Only the factors with two or more levels are analysed.
        cell_of: (num_runs,), for each finished run, the index of its cell.
        final: (num_runs,), the final values; NaN for a run without one.
        curves: (num_runs, num_epochs), NaN for an epoch without a value.
        bad: (num_runs,), whether the run diverged or collapsed.
        seed: The seed of the permutations. The same data and the same seed give the same p.
        permutations: How many permutations to make. Fewer are made if there are many runs.
        order: factor -> its levels, each once. All levels are compared with the first. By default numbers are sorted,
            and words come in the order of the cells.
        seeds: (num_runs,), the seed of each run. Runs of one seed in different cells are compared with each other. By
            default all seeds are different.
        higher_is_better: Whether a higher final value is better.
        start: The value before training, if it is known. In the sensitivities, no run counts with a worse value.
        level: A factor matters if its p after Holm's correction is at most this. If seeds were added after a look at
            the results, it is the level of the present look: see `evenkeel.statistics.looks`.
    """
    seeds = np.arange(len(final)) if seeds is None else np.asarray(seeds, np.int64)
    alike = identical_cells(cell_of, seeds, np.column_stack([final, curves]), bad)
    notes = _same_curves(alike, len(cells))
    if alike:
        kept, cell_of = counted_once(cell_of, seeds, alike)
        firsts = [cell for cell in range(len(cells)) if cell not in alike]
        cells, cell_of = [cells[cell] for cell in firsts], np.searchsorted(firsts, cell_of[kept])
        final, curves, bad, seeds = final[kept], curves[kept], bad[kept], seeds[kept]
        order = order and {name: _still_there(name, levels, cells) for name, levels in order.items()}
    study = study_of(cells, cell_of, seeds, seed, num_permutations(permutations, len(final)), level, order)
    study = replace(study, permutations=max(study.permutations, study.fewest_permutations))
    study.notes.extend(notes)
    counts = np.bincount(cell_of, minlength=len(cells))
    combinations = int(np.prod(study.grid.sizes)) if study.grid.names else len(cells)
    missing = combinations - len(np.unique(study.grid.index, axis=0)) if study.grid.names else 0
    if missing:
        study.notes.append(Note(NoteKind.MISSING_CELLS, missing, combinations))
    if study.grid.names and study.model_of(np.flatnonzero(counts)) is None and len(final):
        study.notes.append(Note(NoteKind.CHANGE_TOGETHER))
    responses = Responses(
        final=_judged(final_response(study, final), level),
        spread=_judged(spread_response(study, curves), level),
        divergence=_judged(divergence_response(study, bad), level),
    )
    return Effects(
        factors=study.levels,
        num_cells=len(cells),
        missing_cells=missing,
        num_runs=len(final),
        seeds_per_cell=[int(counts.min()), int(counts.max())] if len(cells) else [0, 0],
        notes=study.notes,
        responses=responses,
        sensitivity=sensitivities(study, final, bad, higher_is_better, start),
        trends=trends(study, final),
    )


def _same_curves(alike: Alike, num_cells: int) -> list[Note]:
    groups = {first: (first, *(cell for cell in alike if alike[cell] == first)) for first in sorted(alike.values())}
    return [Note(NoteKind.SAME_CURVES, len(alike), num_cells, tuple(groups.values()))] if alike else []


def _still_there(name: str, levels: Sequence[Any], cells: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The levels of the factor that one of the cells has, in their order."""
    return [level for level in levels if any(cell[name] == level for cell in cells)]


def _judged(response: Response, level: float) -> Response:
    """The response with p_holm, which decides what matters. Factors and pairs of factors are corrected separately."""
    terms = list(response.terms)
    for order in (1, 2):
        places = [place for place, term in enumerate(terms) if term.order == order]
        for place, p_holm in zip(places, holm([terms[place].p_permutation for place in places]), strict=True):
            matters = None if p_holm is None else p_holm <= level
            shown = terms[place].simple_effects if matters else []
            terms[place] = replace(terms[place], p_holm=p_holm, matters=matters, simple_effects=shown)
    return replace(response, terms=terms)
