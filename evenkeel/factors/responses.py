"""The factorial models of the final value and of the log of the spread."""

from dataclasses import replace

import numpy as np
import scipy
from scipy.special import ndtri, polygamma

from evenkeel.factors.centring import biases, centre, effective_epochs
from evenkeel.factors.contrasts import tested, with_interaction
from evenkeel.factors.correlation import seed_correlation
from evenkeel.factors.factorial import coefficients_of_cells, f_test, sums_of_squares
from evenkeel.factors.numbering import Index
from evenkeel.factors.pairing import paired_if_dependent
from evenkeel.factors.permutation import p_of_means, p_of_spreads
from evenkeel.factors.seeds import Places, together
from evenkeel.factors.simultaneous import tail_of_each
from evenkeel.factors.smallest import can_be_shown, level_of, smallest_difference, smallest_ratio
from evenkeel.factors.studentised import intervals
from evenkeel.factors.study import Study
from evenkeel.factors.terms import Note, NoteKind, Response
from evenkeel.statistics.curves import Array


def final_response(study: Study, final: Array) -> Response:
    """The model of the final values.

    It is fitted to the means of the cells, weighted by their numbers of runs. The error of F is the variance within
    cells, pooled (pure error). Each contrast has its own error: see `evenkeel.factors.studentised`.

    Args:
        final: (num_runs,), NaN for a run without a final value.
    """
    runs = np.flatnonzero(~np.isnan(final))
    if len(runs) < len(final):
        study.notes.append(Note(NoteKind.NO_FINAL_VALUE, len(final) - len(runs), len(final)))
    values = final[runs]
    cells, where, n = np.unique(study.cell_of[runs], return_inverse=True, return_counts=True)
    means = np.bincount(where, values) / n if len(runs) else np.array([])
    residuals = values - means[where]
    model = study.model_of(cells)
    terms = study.blank_terms(model)
    error_df = len(values) - len(cells)
    alike = together(residuals[:, np.newaxis], study.grid.index[study.cell_of[runs]], study.seed_of[runs])
    if model is not None:
        weights, error = n.astype(float), _pure_error(values, means[where], error_df)
        if not error_df:
            study.notes.append(Note(NoteKind.NO_ERROR))
        squares = sums_of_squares(model, means, weights).values()
        terms = [
            replace(term, **vars(f_test(square, term.df, error, error_df, len(values))))
            for term, square in zip(terms, squares, strict=True)
        ]
        covariance = model.covariance(weights)
        for factor in range(len(study.grid.names)):
            places = paired_if_dependent(values, study.places((factor,), runs, alike[factor]))
            ways = coefficients_of_cells(model, study.grid.rows(cells), factor, weights, covariance)
            tail = tail_of_each(ways, 1 / n)
            found = intervals(values, where, places.cluster, places.seed, ways, tail)
            level = level_of(study, factor)
            tested_at = paired_if_dependent(values, study.places_for_test(factor, runs, alike[factor]))
            smallest = smallest_difference(values, where, tested_at, ways, level)
            terms[factor] = replace(
                terms[factor],
                contrasts=study.contrasts_of(factor, found),
                smallest_effect=smallest if can_be_shown(tested_at, level) else None,
            )
    if len(np.unique(values)) > 1:

        def test(some: Index, places: Places, permutations: int) -> float | None:
            own = paired_if_dependent(values[some], places)
            return p_of_means(values[some], own, study.rng, permutations)

        for factor in range(len(study.grid.names)):
            terms[factor] = tested(study, terms[factor], factor, runs, alike[factor], test)
        for place, factors in enumerate(model.terms if model else []):
            if len(factors) == 2:
                terms[place] = with_interaction(study, terms[place], factors, runs, values, alike)
    return Response(
        num_runs=len(values),
        num_cells=None,
        num_bad=None,
        error_df=error_df,
        terms=terms,
        seed_correlation=seed_correlation(residuals[:, np.newaxis], where, study.seed_of[runs]),
    )


def _pure_error(values: Array, means: Array, error_df: int) -> float:
    """The mean square of the error. means: for each run, the mean of its cell.

    It is 0 if the runs of every cell are equal: what remains then is rounding, and nothing can be tested against that.
    """
    error = float(np.sum((values - means) ** 2)) / error_df if error_df else 0.0
    return error if error**0.5 > 1e-12 * float(np.max(np.abs(values))) else 0.0


def spread_response(study: Study, curves: Array) -> Response:
    """The model of the log spreads of the cells.

    The weight of a log spread is the inverse of its variance for normal values, psi1((n - 1) / 2) / 4 (Bartlett and
    Kendall 1946). This variance counts all epochs of a run as one observation, so the intervals are too wide rather
    than too narrow.

    Args:
        curves: (num_runs, num_epochs), NaN for an epoch without a value.
    """
    rows, log_spread = centre(curves, study.cell_of, len(study.grid.index))
    epochs = effective_epochs(rows, study.cell_of, len(log_spread))
    cells = np.flatnonzero(np.isfinite(log_spread))
    if len(cells) < len(log_spread):
        study.notes.append(Note(NoteKind.NO_SPREAD, len(log_spread) - len(cells), len(log_spread)))
    model = study.model_of(cells)
    terms = study.blank_terms(model)
    runs = np.flatnonzero(~np.isnan(rows).all(axis=1)) if rows.size else np.array([], np.int64)
    if np.any(np.bincount(study.cell_of[runs]) == 2):
        study.notes.append(Note(NoteKind.PAIRS))
    if model is not None:
        n = np.bincount(study.cell_of[runs], minlength=len(log_spread))[cells]
        weights, logs = 4 / polygamma(1, (n - 1) / 2), log_spread[cells] - biases(n, epochs)
        # Around a median, the deviations of n runs tell as much as those of n - 1 around a mean.
        noise = polygamma(1, np.maximum(n - 2, 0.5) * epochs / 2) / 4
        squares = sums_of_squares(model, logs, weights).values()
        ps = [float(scipy.stats.chi2.sf(square, term.df)) for term, square in zip(terms, squares, strict=True)]
        terms = [replace(term, p=p) for term, p in zip(terms, ps, strict=True)]
        covariance = model.covariance(weights)
        for factor in range(len(study.grid.names)):
            ways = coefficients_of_cells(model, study.grid.rows(cells), factor, weights, covariance)
            half = -ndtri(tail_of_each(ways, 1 / weights)) * np.sqrt(ways**2 @ (1 / weights))
            ratios = [(np.exp(x), np.exp(x - h), np.exp(x + h)) for x, h in zip(ways @ logs, half, strict=True)]
            level, places = level_of(study, factor), study.places_for_test(factor, runs)
            smallest = smallest_ratio(np.sqrt(ways**2 @ noise), level)
            terms[factor] = replace(
                terms[factor],
                contrasts=study.contrasts_of(factor, ratios),
                smallest_effect=smallest if n.max() > 2 and can_be_shown(places, level) else None,
            )
    if len(runs):
        shown = np.nan_to_num(rows[runs])
        alike = together(shown, study.grid.index[study.cell_of[runs]], study.seed_of[runs])

        def test(some: Index, places: Places, permutations: int) -> float | None:
            return p_of_spreads(shown[some], places, study.rng, permutations)

        for factor in range(len(study.grid.names)):
            terms[factor] = tested(study, terms[factor], factor, runs, alike[factor], test)
    return Response(
        num_runs=None,
        num_cells=len(cells),
        num_bad=None,
        error_df=None,
        terms=terms,
        seed_correlation=seed_correlation(np.nan_to_num(rows[runs]), study.cell_of[runs], study.seed_of[runs]),
    )
