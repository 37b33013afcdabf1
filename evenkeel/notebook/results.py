"""The answers about results: summary, effects, comparisons, seeds needed, report. A notebook shows each of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from evenkeel.notebook.answer import Answer
from evenkeel.notebook.drawing import draw_now
from evenkeel.printable import printable

if TYPE_CHECKING:
    from evenkeel.analysis.answered import Summary as SummaryFields
    from evenkeel.analysis.compare import Comparisons as ComparisonsFields
    from evenkeel.analysis.effects import Effects as EffectsFields
    from evenkeel.analysis.seeds_needed import SeedsNeeded as SeedsNeededFields
    from evenkeel.plugins import Task
    from evenkeel.reports.report import Report as ReportFields
    from evenkeel.reports.sheets import Sheet
    from evenkeel.reports.tables import Columns
else:
    # NumPy and SciPy take half a second to load. They are loaded when a field is first asked for.
    SummaryFields = ComparisonsFields = EffectsFields = SeedsNeededFields = ReportFields = object


class Result(Answer):
    """An answer that shows itself: a figure of the API, a table, and what it says in sentences.

    Attributes:
        figure_kind: The figure, as `Client.figure` names it; '' if there is none.
    """

    figure_kind: ClassVar[str] = ""

    def _says(self) -> list[str]:
        """The answer in sentences, one paragraph each."""
        return []

    def __str__(self) -> str:
        """The table, what its columns mean, and the answer."""
        from evenkeel.stability.shown import to_text

        sheet = self._sheet()
        return "\n".join([to_text(sheet), *map(printable, [*sheet.notes, "", *self._says()])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from evenkeel.stability.shown import to_html

        figure = draw_now(self._lab, self.figure_kind, self._query) if self.figure_kind and self._lab else ""
        return figure + to_html(self._sheet()) + "".join(f"<p>{escape(printable(said))}</p>" for said in self._says())


class Summary(Result, SummaryFields):
    """How far the seeds of each cell spread, and how many of its runs were lost."""

    library = "evenkeel.analysis.answered:Summary"
    figure_kind = "bands"

    def to_frame(self, table: Literal["cells", "epochs", "runs"] = "cells", *, library: str | None = None) -> Any:
        """The summary as a DataFrame.

        Args:
            table: 'cells' has a row for each cell, 'epochs' for each cell and epoch, and 'runs' for each run and epoch.
            library: 'pandas' or 'polars'. By default pandas, or else polars, whichever is installed.

        Raises:
            ValueError: `library` or `table` is another word.
            ModuleNotFoundError: The library is not installed.
        """
        from evenkeel.reports.tables import summary_table
        from evenkeel.stability.shown import frame_of

        if table not in ("cells", "epochs", "runs"):
            raise ValueError(f"table: {table!r} is not allowed; allowed: cells, epochs, runs")
        return frame_of(summary_table(self._words(), self.cells, table), library)

    def _sheet(self) -> Sheet:
        from dataclasses import replace

        from evenkeel.reports.sheets import summary_sheet

        task = self._words()
        sheet = summary_sheet(task, self.cells, task.metrics[0])
        # Which cell is shown to be better also depends on which way is better, and the answer does not say that.
        return replace(sheet, bold=frozenset(), bold_means="")

    def _says(self) -> list[str]:
        weakest = min((cell.evidence for cell in self.cells), key=lambda found: found.n, default=None)
        if weakest is None:
            return ["There is no such cell."]
        return [f"With n = {weakest.n} seeds in the cell with the fewest: {weakest.says}."]

    def _words(self) -> Task:
        return words_of(self.metric, [cell.levels for cell in self.cells])


class Effects(Result, EffectsFields):
    """Which factors mattered."""

    library = "evenkeel.analysis.effects:Effects"
    figure_kind = "effects"

    def _sheet(self) -> Sheet:
        from evenkeel.reports.sheets import effects_sheet

        return effects_sheet(words_of(self.metric), self._typed())

    def _columns(self) -> Columns:
        """A row for each contrast of a factor."""
        from evenkeel.reports.tables import effects_table

        return effects_table(self._typed())

    def _says(self) -> list[str]:
        return [self.answer, *self.notes]


class Comparisons(Result, ComparisonsFields):
    """A cell compared with others."""

    library = "evenkeel.analysis.compare:Comparisons"

    def _sheet(self) -> Sheet:
        from evenkeel.reports.sheets import comparisons_sheet

        return comparisons_sheet(words_of(self.metric), self._typed())

    def _columns(self) -> Columns:
        """A row for each comparison."""
        from evenkeel.reports.tables import comparisons_table

        return comparisons_table(self._typed())

    def _says(self) -> list[str]:
        return [each.says for each in self.comparisons]


class SeedsNeeded(Answer, SeedsNeededFields):
    """How many seeds a cell needs."""

    library = "evenkeel.analysis.seeds_needed:SeedsNeeded"


class Report(Answer, ReportFields):
    """A report on an experiment."""

    library = "evenkeel.reports.report:Report"

    def __str__(self) -> str:
        return str(self["markdown"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        # The report is a whole page with styles of its own, which must not become those of the notebook.
        page = escape(str(self["html"]), quote=True)
        return f'<iframe srcdoc="{page}" sandbox="" style="width: 100%; height: 40em; border: 0"></iframe>'


def words_of(metric: str, cells: list[dict[str, Any]] | None = None) -> Task:
    """A task that has words for tables: the metric, and the factors in which the cells differ."""
    from evenkeel.plugins import Metric
    from evenkeel.stability.task import make_task

    every = {factor: [levels.get(factor) for levels in cells or []] for factor in (cells or [{}])[0]}
    differing = {name: levels for name, levels in every.items() if any(level != levels[0] for level in levels)}
    levels = differing or dict(list(every.items())[:1]) or {"cell": [""]}
    measured = Metric(name=metric, better="higher", worst=0.0, unit="", description="")
    return make_task(measured, levels, {}, lambda parameters: 0)
