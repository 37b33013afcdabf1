"""Which factor mattered: for the final value, for the spread over seeds, and for divergence.

A cell by itself proves nothing at three seeds. Over all cells of a grid a factor is seen in every block of the others'
levels, and that is where a small n gets its power.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result
from evenkeel.stability.curves import Array
from evenkeel.stability.multiple import LEVEL, holm
from evenkeel.stability.permutation import num_permutations
from evenkeel.stability.responses import divergence_response, final_response, spread_response
from evenkeel.stability.study import study_of
from evenkeel.stability.terms import Note, NoteKind, Response, Responses


@result
class Extent:
    """How much was looked at."""

    factors: dict[str, list[Any]] = about("Those with two levels or more among the cells.")
    num_cells: int = about("Cells.")
    missing_cells: int = about("Combinations of levels that are not there.")
    num_runs: int = about("Finished runs.")
    seeds_per_cell: list[int] = about("Fewest and most.")


@result
class Effects(Extent):
    notes: list[Note] = about("What was left out, or could not be estimated.")
    responses: Responses = about("What each factor did to each.")


def effects(
    cells: Sequence[Mapping[str, Any]],
    cell_of: NDArray[np.int64],
    final: Array,
    curves: Array,
    bad: NDArray[np.bool_],
    seed: int = 0,
    permutations: int = 9999,
) -> Effects:
    """The factorial model of three responses.

    cells: factor -> level, of each; the factors are those with two levels or more. cell_of: (num_runs,), the cell of
    each finished run. final: (num_runs,), NaN where there is no value. curves: (num_runs, num_epochs), NaN likewise.
    bad: (num_runs,), diverged or collapsed. The same data and seed give the same p.
    """
    study = study_of(cells, cell_of, seed, num_permutations(permutations, len(final)))
    counts = np.bincount(cell_of, minlength=len(cells))
    combinations = int(np.prod(study.grid.sizes)) if study.grid.names else len(cells)
    missing = combinations - len(np.unique(study.grid.index, axis=0)) if study.grid.names else 0
    if missing:
        study.notes.append(Note(NoteKind.MISSING_CELLS, missing, combinations))
    if study.grid.names and study.model_of(np.flatnonzero(counts)) is None and len(final):
        study.notes.append(Note(NoteKind.CHANGE_TOGETHER))
    responses = Responses(
        final=_judged(final_response(study, final)),
        spread=_judged(spread_response(study, curves)),
        divergence=_judged(divergence_response(study, bad)),
    )
    return Effects(
        factors=study.levels,
        num_cells=len(cells),
        missing_cells=missing,
        num_runs=len(final),
        seeds_per_cell=[int(counts.min()), int(counts.max())] if len(cells) else [0, 0],
        notes=study.notes,
        responses=responses,
    )


def _judged(response: Response) -> Response:
    """With Holm's p, and by it whether a factor matters."""
    mains = [term for term in response.terms if term.order == 1]
    judged = [
        replace(term, p_holm=p_holm, matters=None if p_holm is None else p_holm <= LEVEL)
        for term, p_holm in zip(mains, holm([term.p_permutation for term in mains]), strict=True)
    ]
    return replace(response, terms=[*judged, *response.terms[len(mains) :]])
