"""The calls about results."""

from __future__ import annotations

from typing import Any

from evenkeel.notebook import results
from evenkeel.notebook.calling import Calling, call, to_query
from evenkeel.notebook.drawing import Figure, path_of
from evenkeel.talk import Talk


class Questions(Calling):
    """The calls about results. Every query may have `experiment`, `task`, `metric`, and any factor with a level or a
    list of levels."""

    @call
    def summary(self, /, **query: Any) -> Talk[results.Summary]:
        """How far the seeds of each cell spread, and how many runs diverged.

        Args:
            query: `experiment`, `task`, `metric`, any factor with a level or a list of levels, and `threshold`: a value
                of the metric. The answer then says when the runs reach it.
        """
        return self._one("GET", "/summary", results.Summary, params=to_query(query))

    @call
    def effects(self, /, **query: Any) -> Talk[results.Effects]:
        """Which factors mattered. The query is that of `summary`, without `threshold`.

        It may have `start_value`, the value of the metric before training, with which diverged runs count.
        """
        return self._one("GET", "/effects", results.Effects, params=to_query(query))

    @call
    def compare(self, /, a: str, **query: Any) -> Talk[results.Comparisons]:
        """Compare the cell `a` with the cells of the list `b`; by default with every other cell.

        Args:
            a: The name or the hash of the cell.
            query: `b_experiment` is the experiment of the cells `b`, if it is another one. `margin` also tests whether
                `a` spreads less than so many times as wide, and `mean_margin` whether the means are less than so far
                apart, in the metric's unit. The rest is that of `effects`.
        """
        return self._one("GET", "/compare", results.Comparisons, params={"a": a, **to_query(query)})

    @call
    def seeds_needed(self, /, cell: str, half_width: float, **query: Any) -> Talk[results.SeedsNeeded]:
        """How many seeds a cell needs.

        Args:
            cell: The name or the hash of the cell.
            half_width: Half of the width that the 95 % interval may have, in the metric's unit.
            query: `of` is what to estimate: mean, std or divergence. The rest is that of `effects`.
        """
        params = {"cell": cell, "half_width": half_width, **to_query(query)}
        return self._one("GET", "/seeds-needed", results.SeedsNeeded, params=params)

    @call
    def report(self, /, experiment: str, **query: Any) -> Talk[results.Report]:
        """A report on an experiment, with `markdown`, `html` (the same as a page), `answer` and `findings`."""
        return self._one("GET", "/report", results.Report, params={"experiment": experiment, **to_query(query)})

    @call
    def figure(self, /, form: str = "svg", kind: str = "bands", **query: Any) -> Talk[Figure]:
        """The content of a file with a figure, as bytes. A notebook shows it.

        Args:
            form: 'svg', 'png' or 'pdf'.
            kind: 'bands', 'effects', 'region', 'reaching' or 'sensitivity'.
            query: Among others `caption`: 'full', 'short' or 'none'; for bands `band`: 'survivors', 'all' or 'mean'.
        """
        answer = yield from self._ask("GET", path_of(kind, form), params=to_query(query))
        return Figure(answer.content, form)

    @call
    def table(self, /, path: str, form: str, **query: Any) -> Talk[bytes]:
        """The content of a file with a table.

        Args:
            path: '/summary', '/effects' or '/compare'.
            form: 'csv', 'parquet' or 'latex'.
        """
        answer = yield from self._ask("GET", path, params={**to_query(query), "format": form})
        return answer.content
