"""The factorial linear model over cells: what each factor, and each pair or triple of them, adds to the variance."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evenkeel.stability.curves import Array

HIGHEST_ORDER = 3
Term = tuple[int, ...]  # the factors that act together, by their places in `Grid.names`; () is the constant


@dataclass(frozen=True)
class Grid:
    """Cells by their levels. names: the factors. sizes: how many levels each has. index: (num_cells, num_factors), the
    level of each cell."""

    names: list[str]
    sizes: list[int]
    index: NDArray[np.int64]

    def rows(self, which: NDArray[Any]) -> "Grid":
        return Grid(self.names, self.sizes, self.index[which])

    def label(self, term: Term) -> str:
        return ":".join(self.names[factor] for factor in term)


@dataclass(frozen=True)
class Model:
    """design: term -> its columns (num_cells, df), sum-to-zero coding."""

    design: dict[Term, Array]

    @property
    def terms(self) -> list[Term]:
        return [term for term in self.design if term]

    @property
    def matrix(self) -> Array:
        return np.hstack(list(self.design.values()))

    def places(self, term: Term) -> slice:
        """Of its columns in the matrix."""
        start = 0
        for other, columns in self.design.items():
            if other == term:
                return slice(start, start + columns.shape[1])
            start += columns.shape[1]
        raise KeyError(term)

    def fit(self, means: Array, weights: Array) -> tuple[Array, Array]:
        """(coefficients, their covariance at unit variance) by weighted least squares. means, weights: (num_cells,)."""
        matrix = self.matrix
        covariance: Array = np.linalg.inv(matrix.T @ (weights[:, np.newaxis] * matrix)).astype(np.float64)
        return covariance @ (matrix.T @ (weights * means)), covariance


@dataclass(frozen=True)
class FTest:
    """None where there is no error to judge by."""

    f: float | None
    p: float | None
    partial_omega_squared: float | None


def widest_model(grid: Grid) -> Model | None:
    """With every interaction, up to three factors, that these cells can estimate; None where they cannot even tell the
    factors apart."""
    for order in range(min(len(grid.names), HIGHEST_ORDER), 0, -1):
        terms = [t for size in range(order + 1) for t in combinations(range(len(grid.names)), size)]
        if np.prod([grid.sizes[f] - 1 for f in max(terms, key=lambda t: _df(grid, t))]) > len(grid.index):
            continue
        model = Model({term: _columns(grid, term) for term in terms})
        matrix = model.matrix
        if matrix.shape[1] <= len(matrix) and np.linalg.matrix_rank(matrix) == matrix.shape[1]:
            return model
    return None


def sums_of_squares(model: Model, means: Array, weights: Array) -> dict[Term, float]:
    """Type III: how much the weighted residual sum of squares grows without the term, every other one staying, which is
    b' C^-1 b of its coefficients b and their covariance C.

    means, weights: (num_cells,). For means over n runs each, weighted by n, these are the sums over runs.
    """
    coefficients, covariance = model.fit(means, weights)
    found = {}
    for term in model.terms:
        places = model.places(term)
        own = coefficients[places]
        found[term] = max(0.0, float(own @ np.linalg.solve(covariance[places, places], own)))
    return found


def contrasts(model: Model, grid: Grid, factor: int, means: Array, weights: Array) -> list[tuple[float, float]]:
    """(estimate, standard error at unit variance) of each level's marginal mean less the first level's.

    Marginal means are over the cells of the full grid, each counting the same (least-squares means).
    """
    coefficients, covariance = model.fit(means, weights)
    places, codes = model.places((factor,)), _codes(grid.sizes[factor])
    own, spread = coefficients[places], covariance[places, places]
    return [(float(way @ own), float(np.sqrt(way @ spread @ way))) for way in codes[1:] - codes[0]]


def f_test(sum_of_squares: float, df: int, error: float, error_df: int, num_runs: int) -> FTest:
    """error: mean square. omega^2 = df (F - 1) / (df (F - 1) + N), not below 0 (Olejnik and Algina 2003)."""
    if error_df < 1 or error <= 0:
        return FTest(None, None, None)
    f = sum_of_squares / df / error
    gain = max(0.0, df * (f - 1))
    return FTest(f, float(stats.f.sf(f, df, error_df)), gain / (gain + num_runs))


def _df(grid: Grid, term: Sequence[int]) -> int:
    return int(np.prod([grid.sizes[factor] - 1 for factor in term]))


def _columns(grid: Grid, term: Term) -> Array:
    columns = np.ones((len(grid.index), 1))
    for factor in term:
        codes = _codes(grid.sizes[factor])[grid.index[:, factor]]
        columns = (columns[:, :, np.newaxis] * codes[:, np.newaxis, :]).reshape(len(columns), -1)
    return columns


def _codes(size: int) -> Array:
    """(size, size - 1): the unit vectors, and -1 throughout for the last level."""
    return np.vstack([np.eye(size - 1), -np.ones(size - 1)])
