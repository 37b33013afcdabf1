"""The statistics of permutation tests of large grids in which every cell has the same seeds: see
`evenkeel.factors.tables`."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenkeel.factors.draws import p_of_draws
from evenkeel.factors.numbering import Index
from evenkeel.factors.tables import Layout, Turns, bundled
from evenkeel.statistics.curves import Array

ROUNDING = 1e-5  # of sums of single precision
AT_ONCE = 100  # permutations: of two equal levels, so many decide p


def p_of_contrasts(
    values: Array,
    mixed: Array,
    layout: Layout,
    contrasts: Index,
    signs: Array,
    rng: np.random.Generator,
    permutations: int,
    studentise: bool = True,
) -> tuple[float, int]:
    """The p of the largest |t| over the contrasts, and which contrast that is.

    Args:
        values: (num_runs,), the values as they are.
        mixed: (num_runs,), the values that change places.
        contrasts, signs, studentise: See `t_of_contrasts`.
    """
    seen, other = bundled(values, layout), bundled(mixed, layout)
    _, num_seeds, num_levels = seen.shape
    first, units = seen.reshape(-1, num_levels), other.reshape(-1, num_levels)
    turns = Turns.of(len(units), num_levels, rng)
    turned = turns.turned(units)

    def draw(number: int) -> Iterator[Array]:
        orders = turns.draw(number, rng)
        for start in range(1, len(orders), AT_ONCE):
            rows = np.concatenate([first[np.newaxis], turned[orders[start : start + AT_ONCE]]])
            yield t_of_contrasts(rows, num_seeds, contrasts, signs, studentise).max(axis=1)

    most = int(np.argmax(t_of_contrasts(first[np.newaxis], num_seeds, contrasts, signs, studentise)))
    return p_of_draws(draw, units.size + num_levels**2, permutations, large=True), most


def p_of_log_spreads(curves: Array, layout: Layout, rng: np.random.Generator, permutations: int) -> float:
    """The p of the largest difference of spreads. The arguments are those of `LogSpreads.of`."""
    num_levels = layout.order.shape[2]
    turns, spreads = Turns.of(layout.units, num_levels, rng), LogSpreads.of(curves, layout)

    def draw(number: int) -> list[Array]:
        effects = spreads.effects(turns.whose[turns.draw(number, rng)])
        return [np.sum(effects**2, axis=1)]

    return p_of_draws(draw, layout.order.size, permutations, ROUNDING, large=True)


def t_of_contrasts(units: Array, num_seeds: int, contrasts: Index, signs: Array, studentise: bool) -> Array:
    """(num_permutations, num_contrasts), |t| of each contrast: see `evenkeel.factors.studentised.t_values`.

    Args:
        units: (num_permutations, num_bundles x num_seeds, num_levels), as `bundled` scales them.
        contrasts: (num_contrasts, size), the levels of each contrast.
        signs: (size,), the coefficients of these levels, whose sum is 0.
        studentise: If False, the standard error is the same in all permutations.
    """
    sums = units.reshape(len(units), -1, num_seeds, units.shape[2]).sum(axis=2)
    estimates = np.abs(sums.sum(axis=1)[:, contrasts] @ signs) / num_seeds
    if not studentise:
        return np.asarray(estimates)
    products = np.swapaxes(units, 1, 2) @ units - np.swapaxes(sums, 1, 2) @ sums / num_seeds
    variances = np.zeros(estimates.shape)
    for i, one in enumerate(signs):
        for j, other in enumerate(signs):
            variances += one * other * products[:, contrasts[:, i], contrasts[:, j]]
    floor = 1e-12 * float(np.mean(units[0] ** 2)) * units.shape[1] * len(signs)
    variances = np.maximum(variances, 0.0) + floor
    return np.asarray(estimates / np.sqrt(np.maximum(variances / (num_seeds * (num_seeds - 1)), 1e-300)))


@dataclass(frozen=True)
class LogSpreads:
    """Works out log spreads of permuted runs. A cell's spread follows from two sums over its runs: of the curves, and
    of their squares.

    Attributes:
        bundles: Of each bundle, the sums of the curves. Behind its last epoch, a curve has the sum of its squares.
    """

    bundles: list["Sums"]
    layout: Layout

    @classmethod
    def of(cls, curves: Array, layout: Layout) -> "LogSpreads":
        """curves: (num_runs, num_epochs), as `evenkeel.factors.permutation.p_of_spreads` takes them."""
        scale = float(np.sqrt(np.mean(curves**2))) or 1.0
        small = (curves / scale).astype(np.float32)
        values = np.column_stack([small, np.sum(small**2, axis=1)])
        bundles = range(int(layout.bundle.max()) + 1)
        return cls([Sums.of(values[layout.order[layout.bundle == bundle]]) for bundle in bundles], layout)

    def effects(self, whose: Index) -> Array:
        """(num_permutations, num_levels), the mean over blocks of the log spread of a level, minus that of its block.

        Args:
            whose: (num_permutations, num_units, num_levels), whose curve comes to each level.
        """
        _, num_seeds, num_levels = self.layout.order.shape
        effects = np.zeros((len(whose), num_levels))
        for rows, bundle in zip(_rows_of_others(whose, num_seeds, num_levels), self.bundles, strict=True):
            sums = bundle.over(rows)  # (num_permutations, num_levels, num_blocks, num_epochs + 1)
            of_squares, epochs = sums[..., -1].copy(), np.append(np.ones(sums.shape[3] - 1), 0).astype(np.float32)
            squares = (np.square(sums, out=sums).reshape(-1, len(epochs)) @ epochs).reshape(of_squares.shape)
            logs = (np.log(np.maximum(of_squares - squares / num_seeds, 1e-30)) / 2).sum(axis=2)
            effects += logs - logs.mean(axis=1, keepdims=True)
        return np.asarray(effects / len(self.layout.order))


@dataclass(frozen=True)
class Sums:
    """Sums over the runs that come to each level of each block. They are products with 0 and 1, which say whose value
    comes to which level. Only what another level's value adds to that of the first level is multiplied. What is left
    of all sums is the last level's.

    Attributes:
        gains: (num_seeds x (num_levels - 1), num_blocks x ...), what another level's value adds to that of the first.
        first: (num_blocks x ...), the sums of the first level's values.
        whole: (num_blocks x ...), the sums of all values.
        shape: (num_blocks, ...).
    """

    gains: NDArray[np.float32]
    first: NDArray[np.float32]
    whole: NDArray[np.float32]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, values: NDArray[np.float32]) -> "Sums":
        """values: (num_blocks, num_seeds, num_levels, ...)."""
        first, shape = values[:, :, 0], (len(values), *values.shape[3:])
        gains = np.moveaxis(values[:, :, 1:] - first[:, :, np.newaxis], 0, 2).reshape(-1, int(np.prod(shape)))
        return cls(gains, first.sum(axis=1).reshape(-1), values.sum(axis=(1, 2)).reshape(-1), shape)

    def over(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """(num_permutations, num_levels, num_blocks, ...), the sums.

        Args:
            rows: (num_permutations, num_levels - 1, num_seeds x (num_levels - 1)), as `_rows_of_others` returns them.
        """
        found = np.empty((len(rows), rows.shape[1] + 1, self.gains.shape[1]), np.float32)
        # One product of two large matrices takes a fraction of the time of one for each permutation.
        added = (rows.reshape(-1, len(self.gains)) @ self.gains).reshape(found[:, :-1].shape)
        np.add(added, self.first, out=found[:, :-1])
        np.subtract(self.whole, found[:, :-1].sum(axis=1), out=found[:, -1])
        return found.reshape(*found.shape[:2], *self.shape)


def _rows_of_others(whose: Index, num_seeds: int, num_levels: int) -> NDArray[np.float32]:
    """(num_bundles, num_permutations, num_levels - 1, num_seeds x (num_levels - 1)): 1 where the value of a level other
    than the first comes to a level other than the last."""
    hot = np.asarray(whose[..., :-1, np.newaxis] == np.arange(1, num_levels), np.float32)
    table = hot.reshape(len(whose), -1, num_seeds, num_levels - 1, num_levels - 1)
    return table.transpose(1, 0, 3, 2, 4).reshape(table.shape[1], len(whose), num_levels - 1, -1)
