"""The curves of a cell around their centre, and how far they spread."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from evenkeel.factors.numbering import Index, group_means
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
    for runs, epochs in _alike(curves, cell_of):
        own = curves[runs[..., np.newaxis], epochs]  # (num_cells, num_runs, num_epochs)
        variance = np.mean(np.var(own, axis=1, ddof=1), axis=1)
        spreads = variance > 1e-24 * np.maximum(1.0, np.mean(own**2, axis=(1, 2)))
        runs, own = runs[spreads], own[spreads]
        log_spread[cell_of[runs[:, 0]]] = np.log(variance[spreads]) / 2
        shown = (own - np.median(own, axis=1, keepdims=True)) / np.sqrt(len(epochs))
        centred[runs[..., np.newaxis], epochs] = shown
    return centred, log_spread


def _alike(curves: Array, cell_of: Index) -> Iterator[tuple[Index, Index]]:
    """The runs of cells that have as many runs in the same epochs, (num_cells, num_runs), and these epochs.

    Cells with fewer than two runs, or without an epoch that all their runs have, are left out.
    """
    there = ~np.isnan(curves)
    runs = np.flatnonzero(there.any(axis=1)) if curves.size else np.array([], np.int64)
    runs = runs[np.argsort(cell_of[runs], kind="stable")]
    kinds: dict[tuple[int, bytes], list[Index]] = defaultdict(list)
    for own in np.split(runs, np.flatnonzero(np.diff(cell_of[runs])) + 1):
        epochs = there[own].all(axis=0)
        if len(own) >= 2 and epochs.any():
            kinds[len(own), epochs.tobytes()].append(own)
    for (_, epochs_there), of_cells in kinds.items():
        yield np.array(of_cells), np.flatnonzero(np.frombuffer(epochs_there, np.bool_))


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
    shown = shown - group_means(shown, cell)
    variances = np.bincount(cell, np.sum(shown**2, axis=1), num_cells) / np.maximum(n - 1, 1)
    shown = shown / np.sqrt(variances[cell])[:, np.newaxis]
    free = int(np.sum(np.maximum(n - 1, 0)))
    if free < 2:
        return 1.0
    trace, square = np.sum(shown**2) / free, np.sum((shown.T @ shown) ** 2) / free**2
    square = free**2 / ((free - 1) * (free + 2)) * (square - trace**2 / free)
    return float(np.clip((trace**2 - 2 * square / free) / max(square, 1e-300), 1, rows.shape[1]))
