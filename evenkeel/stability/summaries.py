"""The summary of runs: how far the seeds of each cell spread, and how many of its runs were lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from evenkeel.analysis.behind_bands import fewest_seeds
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.levels import differing_beyond_name
from evenkeel.plugins import Metric, Task
from evenkeel.reports.sheets import Sheet, summary_sheet
from evenkeel.reports.tables import Columns, summary_table
from evenkeel.stability.errors import FrameError
from evenkeel.stability.run_set import Runs
from evenkeel.stability.shown import Shown, frame_of, to_plain

if TYPE_CHECKING:
    from evenkeel.figures.figure import Figure

Kind = Literal["bands", "region", "reaching"]
Table = Literal["cells", "epochs", "runs"]


@dataclass(frozen=True, repr=False, eq=False)
class Summary(Shown):
    """How far the seeds of each cell spread.

    Attributes:
        cells: What is known of each cell, in the order of their levels. `docs/answers.md` describes every field.

    Example:
        >>> from evenkeel import stability
        >>> frame = {"lr": [0.1] * 3 + [0.5] * 3, "seed": [0, 1, 2] * 2, "loss": [1.1, 1.2, 1.3, 2.0, 2.5, 3.0]}
        >>> found = stability.summary(stability.runs(frame, metric="loss", better="lower"))
        >>> found.cells[0].final.mean
        1.2
        >>> print(str(found).partition("\\nLost")[0])
        loss over the seeds of each cell
        lr   lost           final loss                     std  band width
        ---  ----  -------------------  ----------------------  ----------
        0.1   0/3  1.20 (0.95 to 1.45)  0.100 (0.052 to 0.628)       0.200
        0.5   0/3  2.50 (1.26 to 3.74)  0.500 (0.260 to 3.142)        1.00
    """

    task: Task
    metric: Metric
    name: str
    cells: Sequence[CellSummary]

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON values, in the shape in which `GET /summary` answers."""
        plain: dict[str, Any] = to_plain(
            {
                "metric": self.metric.name,
                "experiment": self.name,
                "filters": {},
                "differing": differing_beyond_name(self.task, [cell.levels for cell in self.cells]),
                "fewest_seeds": fewest_seeds(cell for cell in self.cells if cell.band_width is not None),
                "cells": self.cells,
                "left_out": [],
            }
        )
        return plain

    def to_frame(self, table: Table = "cells", *, library: str | None = None) -> Any:
        """The summary as a DataFrame.

        Args:
            table: 'cells' has a row for each cell, 'epochs' for each cell and epoch, and 'runs' for each run and epoch.
            library: 'pandas' or 'polars'. By default pandas, or else polars, whichever is installed.

        Raises:
            ValueError: `library` is another word.
            ModuleNotFoundError: The library is not installed.
        """
        return frame_of(summary_table(self.task, self.cells, table), library)

    def figure(self, kind: Kind = "bands", x: str | None = None, y: str | None = None) -> "Figure":
        """A figure of the cells. It needs matplotlib.

        Args:
            kind: 'bands' are the values over the epochs. 'region' is the share of lost runs over one or two factors.
                'reaching' is when runs reach the threshold of the summary.
            x: For 'region': the factor along x. By default the numeric factor with the most levels.
            y: For 'region': the factor along y. By default the other factor with the most levels.

        Raises:
            FrameError: `kind` or `x` cannot be drawn.
        """
        from evenkeel.figures import draw_bands, draw_reaching, draw_region

        try:
            match kind:
                case "bands":
                    return draw_bands(self.task, self.cells, self.metric)
                case "region":
                    return draw_region(self.task, self.cells, x or self.task.region_factor or self.task.factors[0], y)
                case "reaching":
                    return draw_reaching(self.task, self.cells)
        except ValueError as error:
            raise FrameError("x" if kind == "region" else "kind", str(error)) from error
        raise FrameError("kind", f"{kind!r} is not allowed; allowed: bands, region, reaching")

    def _sheet(self) -> Sheet:
        return summary_sheet(self.task, self.cells, self.metric)

    def _columns(self) -> Columns:
        return summary_table(self.task, self.cells, "cells")

    def _says(self) -> list[str]:
        weakest = min((cell.evidence for cell in self.cells), key=lambda found: found.n)
        return [f"With n = {weakest.n} seeds in the cell with the fewest: {weakest.says}."]


def summary(runs: Runs, threshold: float | None = None) -> Summary:
    """Summarise the runs, grouped by everything except the seed.

    Args:
        threshold: A value of the metric. Each cell then says in which epoch its runs reach it.

    Example:
        >>> from evenkeel import stability
        >>> frame = {"lr": [0.1, 0.1, 0.5, 0.5], "seed": [0, 1, 0, 1], "accuracy": [0.9, 0.8, 0.7, 0.1]}
        >>> found = stability.summary(stability.runs(frame, metric="accuracy", better="higher"))
        >>> [round(cell.final.mean, 2) for cell in found.cells]
        [0.85, 0.4]
    """
    cells = runs.cells if threshold is None else runs.summarise(threshold)
    return Summary(runs.task, runs.metric, runs.name, cells)
