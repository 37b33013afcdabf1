"""The statistics of permutation tests of large grids in which every cell has the same seeds: see
`evenkeel.factors.tables`."""

import numpy as np
from numpy.typing import NDArray

from evenkeel.factors.draws import p_of_draws
from evenkeel.factors.numbering import Index
from evenkeel.factors.tables import Layout, Turns, bundled
from evenkeel.statistics.curves import Array

ROUNDING = 1e-5  # of sums of single precision


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

    def draw(number: int) -> Array:
        rows = turned[turns.draw(number, rng)]
        rows[0] = first
        return np.asarray(t_of_contrasts(rows, num_seeds, contrasts, signs, studentise).max(axis=1))

    most = int(np.argmax(t_of_contrasts(first[np.newaxis], num_seeds, contrasts, signs, studentise)))
    return p_of_draws(draw, units.size + num_levels**2, permutations, large=True), most


def p_of_log_spreads(curves: Array, layout: Layout, rng: np.random.Generator, permutations: int) -> float:
    """The p of the largest difference of spreads. The arguments are those of `spread_effects`."""
    num_levels = layout.order.shape[2]
    turns = Turns.of(layout.units, num_levels, rng)

    def draw(number: int) -> Array:
        return np.asarray(np.sum(spread_effects(curves, layout, turns.whose[turns.draw(number, rng)]) ** 2, axis=1))

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


def spread_effects(curves: Array, layout: Layout, whose: Index) -> Array:
    """(num_permutations, num_levels), the mean over blocks of the log spread of a level, minus that of its block.

    A cell's spread follows from two sums over its runs: of the curves, and of their squares. Both are products of the
    curves with 0 and 1, which say whose curve comes to which level.

    Args:
        curves: (num_runs, num_epochs), as `evenkeel.factors.permutation.p_of_spreads` takes them.
        whose: (num_permutations, num_units, num_levels), whose curve comes to each level.
    """
    _, num_seeds, num_levels = layout.order.shape
    scale = float(np.sqrt(np.mean(curves**2))) or 1.0
    small = (curves / scale).astype(np.float32)
    lengths, ones = np.sum(small**2, axis=1), np.ones(small.shape[1], np.float32)
    chosen = _one_hot(whose, num_levels).reshape(len(whose), -1, num_seeds, num_levels, num_levels)
    effects = np.zeros((len(whose), num_levels))
    for bundle in range(chosen.shape[1]):
        runs = layout.order[layout.bundle == bundle].reshape(-1, num_seeds * num_levels)
        # (num_permutations x num_levels, num_seeds x num_levels) @ (num_seeds x num_levels, blocks x epochs)
        rows = chosen[:, bundle].transpose(0, 2, 1, 3).reshape(-1, num_seeds * num_levels)
        sums = rows @ small[runs].transpose(1, 0, 2).reshape(num_seeds * num_levels, -1)
        squares = (np.square(sums, out=sums).reshape(-1, small.shape[1]) @ ones).reshape(len(rows), -1)
        variances = rows @ lengths[runs].T - squares / num_seeds
        logs = (np.log(np.maximum(variances, 1e-30)) / 2).reshape(len(whose), num_levels, -1).sum(axis=2)
        effects += logs - logs.mean(axis=1, keepdims=True)
    return np.asarray(effects / len(layout.order))


def _one_hot(whose: Index, num_levels: int) -> NDArray[np.float32]:
    """(..., num_levels, num_levels): 1 where the value of the last level comes to the one before it."""
    return np.asarray(whose[..., np.newaxis] == np.arange(num_levels), np.float32)
