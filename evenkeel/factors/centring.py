"""The curves of a cell around their centre, and how far they spread."""

import numpy as np

from evenkeel.factors.seeds import Index
from evenkeel.statistics.curves import Array
from evenkeel.statistics.spreads import bias_of_log


def centre(curves: Array, cell_of: Index, num_cells: int) -> tuple[Array, Array]:
    """Centre the curves of each cell, and measure the cell's spread.

    The spread is the root of the mean over epochs of the variance over seeds. It counts the epochs that all runs of the
    cell have.

    Returns:
        The curves as `p_of_spreads` takes them, NaN where a run does not count; and (num_cells,) the log of the spread,
        NaN for a cell without a spread.
    """
    centred, log_spread = np.full(curves.shape, np.nan), np.full(num_cells, np.nan)
    measured = ~np.isnan(curves).all(axis=1) if curves.size else np.zeros(len(curves), np.bool_)
    for cell in range(num_cells):
        runs = np.flatnonzero((cell_of == cell) & measured)
        if len(runs) < 2:
            continue
        epochs = np.flatnonzero(~np.isnan(curves[runs]).any(axis=0))
        if not len(epochs):
            continue
        own = curves[np.ix_(runs, epochs)]
        variance = float(np.mean(np.var(own, axis=0, ddof=1)))
        if variance > 1e-24 * max(1.0, float(np.mean(own**2))):
            log_spread[cell] = np.log(variance) / 2
            centred[np.ix_(runs, epochs)] = (own - np.median(own, axis=0)) / np.sqrt(len(epochs))
    return centred, log_spread


def biases(num_runs: Index, epochs: float) -> Array:
    """(num_cells,), the bias of the log spread of a cell, which is below 0: see `evenkeel.statistics.spreads`.

    Args:
        num_runs: (num_cells,).
        epochs: As `effective_epochs` returns them.
    """
    return np.array([bias_of_log((n - 1) * epochs) if n > 1 else 0.0 for n in num_runs])


def effective_epochs(rows: Array, cell_of: Index, num_cells: int) -> float:
    """How many independent epochs tell as much about a spread as these epochs do, which resemble each other.

    The variance of a cell is the mean of that of its epochs. Its degrees of freedom are those of n - 1 runs in e
    epochs (Satterthwaite 1946): e = (tr S)^2 / tr(S^2), where S is the covariance of the epochs. Both traces are
    estimated without bias from all cells, each scaled to the same spread (Srivastava 2005).

    Args:
        rows: (num_runs, num_epochs), the curves as `centre` returns them.
    """
    kept = np.flatnonzero(~np.isnan(rows).all(axis=1)) if rows.size else np.array([], np.int64)
    n = np.bincount(cell_of[kept], minlength=num_cells)
    shown, cell = np.nan_to_num(rows[kept]), cell_of[kept]
    for each in np.flatnonzero(n):
        own = shown[cell == each] - shown[cell == each].mean(axis=0)
        shown[cell == each] = own / np.sqrt(np.sum(own**2) / (n[each] - 1))
    free = int(np.sum(np.maximum(n - 1, 0)))
    if free < 2:
        return 1.0
    trace, square = np.sum(shown**2) / free, np.sum((shown @ shown.T) ** 2) / free**2
    square = free**2 / ((free - 1) * (free + 2)) * (square - trace**2 / free)
    return float(np.clip((trace**2 - 2 * square / free) / max(square, 1e-300), 1, rows.shape[1]))
