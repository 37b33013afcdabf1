"""The rows of a table as what its runs have logged."""

from collections.abc import Sequence

import numpy as np

from evenkeel.importing.curves import Point, Points
from evenkeel.plugins import Outcome
from evenkeel.stability.columns import Columns
from evenkeel.stability.values import Said, numbers_of


class Rows:
    """What each row of a table says."""

    def __init__(self, columns: Columns, metrics: Sequence[str], epochs: Sequence[int], said: Said | None) -> None:
        """
        Args:
            metrics: The columns of the metrics. The first one decides where epochs end.
            epochs: The epoch of each row.
            said: What a column says of the outcomes, if there is one.

        Raises:
            FrameError: A value of a metric is no number.
        """
        self._epochs, self._said, self._clock = epochs, said, metrics[0]
        self._values = {metric: numbers_of(metric, columns[metric]) for metric in metrics}

    def outcome(self, rows: Sequence[int]) -> Outcome | None:
        """What the table says of the outcome of a run. Without a word it has converged, unless its values say
        otherwise. None if the run still trains."""
        if self._said is None:
            return Outcome.CONVERGED
        told = [self._said.outcomes[row] for row in rows]
        return Outcome.DIVERGED if Outcome.DIVERGED in told else told[-1]

    def points(self, rows: Sequence[int]) -> Points:
        """What a run has logged. A metric without a value is left out.

        A table writes nothing for a value that is not finite, as for one that was not logged. It counts as not finite
        if the metric has no value in a later row, and if the row is the end of an epoch or holds no value at all.

        Args:
            rows: The rows of the run, in the order of its epochs.
        """
        found = {metric: self._logged(metric, rows) for metric in self._values}
        lost = self._lost(rows)
        if lost is not None:
            kept = [point for point in found[self._clock] if point.step < lost]
            found[self._clock] = [*kept, Point(lost, np.nan)]
        return {metric: points for metric, points in found.items() if points}

    def _logged(self, metric: str, rows: Sequence[int]) -> list[Point]:
        values = self._values[metric][list(rows)]
        finite = np.flatnonzero(np.isfinite(values))
        last = int(np.max(finite, initial=-1))
        trusted = self._said is not None and self._said.in_words
        return [
            Point(self._epochs[row], float(value))
            for place, (row, value) in enumerate(zip(rows, values.tolist(), strict=True))
            if np.isfinite(value) or (place > last and not trusted and self._ends_an_epoch(row))
        ]

    def _ends_an_epoch(self, row: int) -> bool:
        nothing = not any(np.isfinite(values[row]) for values in self._values.values())
        return nothing or bool(np.isfinite(self._values[self._clock][row]))

    def _lost(self, rows: Sequence[int]) -> int | None:
        """The first epoch in which the table says that the run has diverged; None if it does not say so."""
        if self._said is None:
            return None
        flagged = [row for row in rows if self._said.outcomes[row] is Outcome.DIVERGED]
        if not flagged:
            return None
        # A column that flags every row of a run does not say when the run diverged.
        row = flagged[0] if len(flagged) < len(rows) else self._first_without_value(rows)
        return self._epochs[row]

    def _first_without_value(self, rows: Sequence[int]) -> int:
        values = self._values[self._clock][list(rows)]
        last = int(np.max(np.flatnonzero(np.isfinite(values)), initial=-1))
        return rows[min(last + 1, len(rows) - 1)]
