"""The factorial linear model over cells: how much each factor, pair or triple of factors adds to the variance."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from evenkeel.statistics.curves import Array

HIGHEST_ORDER = 3
Term = tuple[int, ...]  # places in `Grid.names` of the factors that act together; () is the constant


@dataclass(frozen=True)
class Grid:
    """Cells and their levels.

    Attributes:
        names: The factors.
        sizes: How many levels each factor has.
        index: (num_cells, num_factors), the number of each cell's level of each factor, from 0.
    """

    names: list[str]
    sizes: list[int]
    index: NDArray[np.int64]

    def rows(self, which: NDArray[Any]) -> "Grid":
        return Grid(self.names, self.sizes, self.index[which])

    def label(self, term: Term) -> str:
        return ":".join(self.names[factor] for factor in term)


@dataclass(frozen=True)
class Model:
    """A linear model. design: term -> its columns, (num_cells, df), in sum-to-zero coding."""

    design: dict[Term, Array]

    @property
    def terms(self) -> list[Term]:
        return [term for term in self.design if term]

    @property
    def matrix(self) -> Array:
        return np.hstack(list(self.design.values()))

    def places(self, term: Term) -> slice:
        """The places of the term's columns in the matrix."""
        start = 0
        for other, columns in self.design.items():
            if other == term:
                return slice(start, start + columns.shape[1])
            start += columns.shape[1]
        raise KeyError(term)

    def fit(self, means: Array, weights: Array) -> tuple[Array, Array]:
        """Fit by weighted least squares.

        Args:
            means: (num_cells,).
            weights: (num_cells,).

        Returns:
            (coefficients, their covariance at unit variance).
        """
        covariance = self.covariance(weights)
        return covariance @ (self.matrix.T @ (weights * means)), covariance

    def covariance(self, weights: Array) -> Array:
        """(num_columns, num_columns), the covariance of the coefficients at unit variance. weights: (num_cells,)."""
        matrix = self.matrix
        found: Array = np.linalg.inv(matrix.T @ (weights[:, np.newaxis] * matrix)).astype(np.float64)
        return found


@dataclass(frozen=True)
class FTest:
    """The result of an F test. All fields are None if there is no error to test against."""

    f: float | None
    p: float | None
    partial_omega_squared: float | None


def widest_model(grid: Grid) -> Model | None:
    """The model with interactions of as many factors as these cells can estimate, three at most.

    It is None if the cells cannot even tell the factors apart.
    """
    for order in range(min(len(grid.names), HIGHEST_ORDER), 0, -1):
        terms = [t for size in range(order + 1) for t in combinations(range(len(grid.names)), size)]
        if np.prod([grid.sizes[f] - 1 for f in max(terms, key=lambda t: _df(grid, t))]) > len(grid.index):
            continue
        if sum(_df(grid, term) for term in terms) > len(grid.index):
            continue
        model = Model({term: _columns(grid, term) for term in terms})
        if _is_full(grid) or _tells_columns_apart(model.matrix):
            return model
    return None


def _is_full(grid: Grid) -> bool:
    """Whether every combination of levels is among the cells. These can estimate every model."""
    there = np.unique(np.ravel_multi_index(tuple(grid.index.T), grid.sizes))
    return len(there) == int(np.prod(grid.sizes))


def _tells_columns_apart(matrix: Array) -> bool:
    """Whether the matrix has full column rank. Its entries are -1, 0 and 1, so no column nearly depends on others: the
    eigenvalues of its products tell, in a tenth of the time of its singular values."""
    values = np.linalg.eigvalsh(matrix.T @ matrix)
    return bool(values[0] > 1e-10 * values[-1])


def sums_of_squares(model: Model, means: Array, weights: Array) -> dict[Term, float]:
    """The type III sum of squares of each term.

    It says how much the weighted residual sum of squares grows if this term alone is removed. It is b' C^-1 b for the
    term's coefficients b and their covariance C.

    Args:
        means: (num_cells,).
        weights: (num_cells,). If each mean is over n runs and its weight is n, the results are sums over runs.
    """
    coefficients, covariance = model.fit(means, weights)
    found = {}
    for term in model.terms:
        places = model.places(term)
        own = coefficients[places]
        found[term] = max(0.0, float(own @ np.linalg.solve(covariance[places, places], own)))
    return found


def coefficients_of_cells(
    model: Model, grid: Grid, factor: int, weights: Array, covariance: Array | None = None
) -> Array:
    """What each cell's mean counts in the contrasts of a factor.

    A contrast is the marginal mean of a level minus the marginal mean of the first level. Marginal means are over the
    cells of the full grid, and each cell counts the same (least-squares means).

    Args:
        weights: (num_cells,).
        covariance: `model.covariance(weights)`, if the caller has it.

    Returns:
        (num_levels - 1, num_cells).
    """
    covariance = model.covariance(weights) if covariance is None else covariance
    places, codes = model.places((factor,)), _codes(grid.sizes[factor])
    own = covariance[places] @ (model.matrix.T * weights)
    return np.asarray((codes[1:] - codes[0]) @ own)


def f_test(sum_of_squares: float, df: int, error: float, error_df: int, num_runs: int) -> FTest:
    """The F test of one term, and its partial omega^2 (Olejnik and Algina 2003).

    omega^2 = df (F - 1) / (df (F - 1) + N) with N = num_runs. A value below 0 becomes 0.

    Args:
        error: The mean square of the error.
    """
    if error_df < 1 or error <= 0:
        return FTest(None, None, None)
    f = sum_of_squares / df / error
    gain = max(0.0, df * (f - 1))
    return FTest(f, float(scipy.stats.f.sf(f, df, error_df)), gain / (gain + num_runs))


def _df(grid: Grid, term: Sequence[int]) -> int:
    return int(np.prod([grid.sizes[factor] - 1 for factor in term]))


def _columns(grid: Grid, term: Term) -> Array:
    columns = np.ones((len(grid.index), 1))
    for factor in term:
        codes = _codes(grid.sizes[factor])[grid.index[:, factor]]
        columns = (columns[:, :, np.newaxis] * codes[:, np.newaxis, :]).reshape(len(columns), -1)
    return columns


def _codes(size: int) -> Array:
    """(size, size - 1): one unit vector for each level but the last, whose row is all -1."""
    return np.vstack([np.eye(size - 1), -np.ones(size - 1)])
