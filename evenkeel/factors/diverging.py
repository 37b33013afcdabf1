"""The model of divergence: permutation tests, and odds ratios by Firth's logistic regression."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenkeel.factors import firth
from evenkeel.factors.contrasts import tested
from evenkeel.factors.correlation import seed_correlation
from evenkeel.factors.numbering import Index
from evenkeel.factors.permutation import p_of_means
from evenkeel.factors.seeds import Places, together
from evenkeel.factors.simultaneous import tail_of_each
from evenkeel.factors.smallest import can_be_shown, level_of, smallest_rise
from evenkeel.factors.study import Study
from evenkeel.factors.terms import Note, NoteKind, Response
from evenkeel.statistics.curves import Array

MOST_LEVELS = 30  # with more levels over all factors, odds ratios are not estimated


def divergence_response(study: Study, bad: NDArray[np.bool_]) -> Response:
    """The model of divergence.

    p is from a permutation test, which is exact within blocks. The odds ratios are from Firth's logistic regression on
    the factors, without interactions.

    Args:
        bad: (num_runs,), whether the run diverged or collapsed.
    """
    terms, num_bad, y = study.blank_terms(None), int(bad.sum()), bad.astype(np.float64)
    told = 0 < num_bad < len(bad)
    if told and study.model_of(np.unique(study.cell_of)) is not None and sum(study.grid.sizes) <= MOST_LEVELS:
        for factor, odds in enumerate(_odds_ratios(study, y)):
            terms[factor] = replace(terms[factor], contrasts=study.contrasts_of(factor, odds))
    if len(bad):
        terms = [replace(term, smallest_effect=_smallest(study, y, factor)) for factor, term in enumerate(terms)]
    rates = np.bincount(study.cell_of, y) / np.maximum(np.bincount(study.cell_of), 1) if len(bad) else y
    residuals = (y - rates[study.cell_of])[:, np.newaxis] if len(bad) else y[:, np.newaxis]
    if told:
        alike = together(residuals, study.grid.index[study.cell_of], study.seed_of)

        def test(some: Index, places: Places, permutations: int) -> float | None:
            return p_of_means(y[some], places, study.rng, permutations, studentise=False)

        for factor, term in enumerate(terms):
            terms[factor] = tested(study, term, factor, np.arange(len(bad)), alike[factor], test)
    elif len(bad):
        study.notes.append(Note(NoteKind.ALL_BAD if num_bad else NoteKind.NONE_BAD))
    return Response(
        num_runs=len(bad),
        num_cells=None,
        num_bad=num_bad,
        error_df=None,
        terms=terms,
        seed_correlation=seed_correlation(residuals, study.cell_of, study.seed_of),
    )


def _odds_ratios(study: Study, y: Array) -> list[list[tuple[float, float, float]]]:
    """For each factor, (estimate, low, high) of each level but the first against the first. y: (num_runs,), 0 or 1."""
    index = study.grid.index[study.cell_of]
    columns = [(factor, level) for factor, size in enumerate(study.grid.sizes) for level in range(1, size)]
    design = np.column_stack([np.ones(len(y)), *((index[:, f] == level) * 1.0 for f, level in columns)])
    found: list[list[tuple[float, float, float]]] = [[] for _ in study.grid.names]
    tails = [_tail(np.bincount(index[:, factor], minlength=size)) for factor, size in enumerate(study.grid.sizes)]
    of_columns = [tails[factor] for factor, _ in columns]
    fitted = firth.profile_intervals(design, y, range(1, len(columns) + 1), of_columns)
    for (factor, _), (estimate, low, high) in zip(columns, np.exp(fitted).tolist(), strict=True):
        found[factor].append((estimate, low, high))
    return found


def _smallest(study: Study, y: Array, factor: int) -> float | None:
    """The smallest rise of the rate, from that of all runs, that would be shown for a factor."""
    level, runs = level_of(study, factor), np.arange(len(y))
    num_runs = np.bincount(study.grid.index[study.cell_of, factor], minlength=study.grid.sizes[factor])
    if not can_be_shown(study.places_for_test(factor, runs), level):
        return None
    return smallest_rise(float(y.mean()), num_runs, level)


def _tail(num_runs: Index) -> float:
    """What the interval of each odds ratio may leave out. num_runs: (num_levels,)."""
    ways = np.column_stack([-np.ones(len(num_runs) - 1), np.eye(len(num_runs) - 1)])
    return tail_of_each(ways, 1 / np.maximum(num_runs, 1))
