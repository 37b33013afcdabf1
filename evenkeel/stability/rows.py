"""Puts the rows of a frame together into runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.plugins import Outcome
from evenkeel.stability.errors import FrameError
from evenkeel.stability.values import Said

Levels = tuple[Any, ...]  # a level of each factor
Rows = dict[int, int]  # place of an epoch, from 0 -> row of the frame


@dataclass(frozen=True)
class Run:
    """A run of a frame.

    Attributes:
        values: (num_epochs,), up to its last row; NaN for an epoch without a row or without a finite value.
        outcome: None if the run still trains.
        diverged_epoch: From 1; None if it did not diverge.
    """

    levels: Levels
    seed: int
    values: NDArray[np.float64]
    outcome: Outcome | None
    diverged_epoch: int | None


def runs_of(
    levels: Mapping[str, Sequence[Any]],
    seeds: Sequence[int],
    epochs: Sequence[int],
    values: NDArray[np.float64],
    said: Said | None,
    names: tuple[str, str],
) -> list[Run]:
    """The runs, in the order of their first rows.

    A run is the rows with the same levels and the same seed. Its epochs are numbered from 1, in the order of all epochs
    of the frame.

    Args:
        levels: factor -> its level in each row.
        values: (num_rows,), the metric; NaN for a missing value.
        said: What a column says of the outcomes, if there is one.
        names: The names of the columns of seeds and epochs, for an error.

    Raises:
        FrameError: Two rows have the same levels, seed and epoch.
    """
    place = {epoch: index for index, epoch in enumerate(sorted(set(epochs)))}
    found: dict[tuple[Levels, int], Rows] = {}
    for row, (seed, epoch, *own) in enumerate(zip(seeds, epochs, *levels.values(), strict=True)):
        rows = found.setdefault((tuple(own), seed), {})
        if place[epoch] in rows:
            cell = ", ".join(f"{factor} {level}" for factor, level in zip(levels, own, strict=True))
            told = ", ".join(filter(None, [cell, f"{names[0]} {seed}", f"{names[1]} {epoch}" if names[1] else ""]))
            raise FrameError(
                names[1] or names[0],
                f"rows {rows[place[epoch]] + 1} and {row + 1} are the same run ({told}); one run has one row"
                f"{' for each epoch' if names[1] else '. If a row is an epoch, name its column with epoch='}",
            )
        rows[place[epoch]] = row
    runs = [_run(own, seed, rows, values, said) for (own, seed), rows in found.items()]
    return runs if said is not None and said.in_words else _still_training(runs)


def num_epochs_of(runs: Sequence[Run]) -> dict[Levels, int]:
    """cell -> how many epochs its runs train: those of its longest run.

    A run that diverges may end early. So if every run of a cell diverged, the longest run of all cells decides.
    """
    lengths: dict[Levels, list[int]] = {}
    for run in runs:
        lengths.setdefault(run.levels, []).append(len(run.values))
    trained = {run.levels for run in runs if run.outcome is not Outcome.DIVERGED}
    longest = max(len(run.values) for run in runs)
    return {levels: max(own) if levels in trained else longest for levels, own in lengths.items()}


def _still_training(runs: Sequence[Run]) -> list[Run]:
    """The runs, of which those that stop before the last epoch of their cell, and did not diverge, still train."""
    num_epochs = num_epochs_of(runs)
    return [
        run
        if run.outcome is Outcome.DIVERGED or len(run.values) == num_epochs[run.levels]
        else replace(run, outcome=None)
        for run in runs
    ]


def _run(levels: Levels, seed: int, rows: Rows, values: NDArray[np.float64], said: Said | None) -> Run:
    places = sorted(rows)
    curve = np.full(places[-1] + 1, np.nan)
    curve[places] = values[[rows[place] for place in places]]
    curve[~np.isfinite(curve)] = np.nan
    # A value that is not finite ends a run only if no finite one follows.
    last = int(np.max(np.flatnonzero(np.isfinite(curve)), initial=-1))
    without_value = next((place for place in places if place > last), None)
    told = [] if said is None else [said.outcomes[rows[place]] for place in places]
    lost = [place for place, outcome in zip(places, told, strict=False) if outcome is Outcome.DIVERGED]
    if lost or (without_value is not None and not (said is not None and said.in_words)):
        # A column that flags every row of a run does not say when the run diverged.
        begins = lost[0] if lost and len(lost) < len(places) else without_value
        return Run(levels, seed, curve, Outcome.DIVERGED, (places[-1] if begins is None else begins) + 1)
    return Run(levels, seed, curve, told[-1] if told else Outcome.CONVERGED, None)
