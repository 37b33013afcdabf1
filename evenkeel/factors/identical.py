"""Cells whose runs have the same curves for every seed, bit for bit. What differs between them changes nothing.

A network without norm trains alike with every epsilon of its norm. Such cells would pass for repetitions of each other,
and four of them for four times the evidence.
"""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from evenkeel.factors.numbering import Index, numbered
from evenkeel.factors.seeds import num_different
from evenkeel.statistics.curves import Array

Alike = dict[int, int]  # a cell -> the first cell with the same curves


def identical_cells(cell_of: Index, seeds: Index, values: Array, bad: NDArray[np.bool_]) -> Alike:
    """Find the cells that have the same runs as an earlier one.

    Two cells are the same if they share a seed, and if the runs of every seed that they share are equal. That must not
    come about by chance. So these runs must have two different values between them, from curves that tell. A curve
    tells if the run trained, and if no run of another seed has the same curve: runs at chance, or with a coarse metric,
    may well be equal although their cells differ.

    Args:
        cell_of: (num_runs,), the index of each run's cell.
        seeds: (num_runs,). If a cell has a seed twice, its first run counts.
        values: (num_runs, num_values), all that is known of each run; NaN for what is not.
        bad: (num_runs,), whether the run diverged or collapsed.

    Returns:
        cell -> the first cell that is the same, for each cell that is not the first. Cells have the order of their
        indices.
    """
    curve = _numbered_rows(values)
    tells = ~bad & (num_different(numbered(seeds), curve) == 1)[curve]
    runs_of = _first_runs(cell_of, seeds, np.unique(cell_of[tells & (np.bincount(curve)[curve] > 1)]))

    def are_same(one: dict[int, int], other: dict[int, int]) -> bool:
        pairs = [(one[seed], other[seed]) for seed in one.keys() & other.keys()]
        if any(curve[a] != curve[b] or bad[a] != bad[b] for a, b in pairs):
            return False
        told = values[[a for a, _ in pairs if tells[a]]]
        return len(np.unique(told[~np.isnan(told)])) >= 2

    alike: Alike = {}
    firsts: dict[tuple[int, int], list[int]] = defaultdict(list)  # (seed, curve) -> the first cells that have it
    for cell, runs in sorted(runs_of.items()):
        keys = [(seed, int(curve[run])) for seed, run in runs.items() if tells[run]]
        candidates = sorted({first for key in keys for first in firsts[key]})
        same = next((first for first in candidates if are_same(runs_of[first], runs)), None)
        if same is not None:
            alike[cell] = same
            runs_of[same] = runs | runs_of[same]
        for key in keys:
            firsts[key].append(cell if same is None else same)
    return alike


def _numbered_rows(values: Array) -> Index:
    """(num_runs,): equal for rows with the same bits. NaN has many bit patterns; here they are the same."""
    bits = np.where(np.isnan(values), np.nan, values).view(np.int64)
    found = np.zeros(len(bits), np.int64)
    for column in bits.T:
        found = numbered(found, column)
        # A few values tell most curves apart.
        if found.max(initial=-1) + 1 == len(found):
            break
    return found


def _first_runs(cell_of: Index, seeds: Index, cells: Index) -> dict[int, dict[int, int]]:
    """cell -> seed -> the first run of this seed, for these cells."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    some = np.flatnonzero(np.isin(cell_of, cells))
    for run, cell, seed in zip(some.tolist(), cell_of[some].tolist(), seeds[some].tolist(), strict=True):
        found[cell].setdefault(seed, run)
    return found


def counted_once(cell_of: Index, seeds: Index, alike: Alike) -> tuple[Index, Index]:
    """The runs that count, and their cells.

    Returns:
        (indices of the runs of which no other one is a copy, (num_kept,); index of each run's cell, (num_runs,)). The
        cell is the first of those that are the same.
    """
    whose = np.array([alike.get(cell, cell) for cell in cell_of.tolist()], np.int64)
    is_copy = np.isin(cell_of, list(alike))
    seen: set[tuple[int, int]] = set()
    kept = []
    for run in np.argsort(is_copy, kind="stable").tolist():
        key = int(whose[run]), int(seeds[run])
        if not (is_copy[run] and key in seen):
            kept.append(run)
        seen.add(key)
    return np.array(sorted(kept), np.int64), whose
