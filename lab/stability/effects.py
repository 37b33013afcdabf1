"""Which factor mattered: for the final value, for the spread over seeds, and for divergence.

A cell by itself proves nothing at three seeds. Over all cells of a grid a factor is seen in every block of the others'
levels, and that is where a small n gets its power.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.stability.curves import Array
from lab.stability.multiple import LEVEL, holm
from lab.stability.permutation import num_permutations
from lab.stability.responses import divergence_response, final_response, spread_response
from lab.stability.study import study_of
from lab.stability.wording import answer


def effects(
    cells: Sequence[Mapping[str, Any]],
    cell_of: NDArray[np.int64],
    final: Array,
    curves: Array,
    bad: NDArray[np.bool_],
    metric: str,
    seed: int = 0,
    permutations: int = 9999,
) -> dict[str, Any]:
    """What GET /effects answers (`api.schemas.statistics.Effects`), less the metric and the experiment.

    cells: the levels of each; the factors are those with two levels or more. cell_of: (num_runs,), the cell of each
    finished run.
    final: (num_runs,), NaN where there is no value. curves: (num_runs, num_epochs), NaN likewise. bad: (num_runs,),
    diverged or collapsed. The same data and seed give the same p.
    """
    study = study_of(cells, cell_of, seed, num_permutations(permutations, len(final)))
    counts = np.bincount(cell_of, minlength=len(cells))
    combinations = int(np.prod(study.grid.sizes)) if study.grid.names else len(cells)
    missing = combinations - len(np.unique(study.grid.index, axis=0)) if study.grid.names else 0
    if missing:
        study.notes.append(f"{missing} of {combinations} combinations of levels are not among the cells.")
    if study.grid.names and study.model_of(np.flatnonzero(counts)) is None and len(final):
        study.notes.append("Some factors change together in these cells, so that their effects cannot be told apart.")
    responses = {
        "final": final_response(study, final),
        "spread": spread_response(study, curves),
        "divergence": divergence_response(study, bad),
    }
    for response in responses.values():
        mains = [term for term in response["terms"] if term["order"] == 1]
        for term, p_holm in zip(mains, holm([term["p_permutation"] for term in mains]), strict=True):
            term |= {"p_holm": p_holm, "matters": None if p_holm is None else p_holm <= LEVEL}
    found = {
        "factors": study.levels,
        "num_cells": len(cells),
        "missing_cells": missing,
        "num_runs": len(final),
        "seeds_per_cell": [int(counts.min()), int(counts.max())] if len(cells) else [0, 0],
        "notes": study.notes,
        "responses": responses,
    }
    return found | {"answer": answer(found, metric)}
