"""The report on runs: the same that a lab writes on an experiment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenkeel.reports.report import Report as Written
from evenkeel.reports.report import draw_figures, write_report
from evenkeel.stability.factor_effects import Effects, effects
from evenkeel.stability.run_set import Runs
from evenkeel.stability.shown import to_plain


@dataclass(frozen=True, repr=False, eq=False)
class Report:
    """A report on runs, with its figures.

    Attributes:
        found: The report as Markdown, as HTML, and its answer.
        svgs: File name -> each figure of the Markdown, as SVG.

    Example:
        >>> from evenkeel import stability
        >>> frame = {"lr": [0.1] * 3 + [0.9] * 3, "seed": [0, 1, 2] * 2, "accuracy": [0.8, 0.82, 0.84, 0.1, 0.6, 0.9]}
        >>> found = stability.report(stability.runs(frame, metric="accuracy", better="higher"))
        >>> list(found.svgs)
        ['effects.svg', 'figure1.svg', 'region.svg']
        >>> print(found.found.markdown.splitlines()[2])
        Number of cells: 2. Seeds: 0, 1, 2. Factors that vary: lr 0.1, 0.9.
    """

    found: Written
    svgs: Mapping[str, str]

    def files(self) -> dict[str, str]:
        """File name -> content: report.md, the figures that it shows, and report.html, which needs no other file."""
        return {"report.md": self.found.markdown, "report.html": self.found.html, **self.svgs}

    def write(self, folder: str | Path) -> list[Path]:
        """Write the files of the report. The folder is made if it is missing. Returns their paths."""
        home = Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        for name, content in self.files().items():
            (home / name).write_text(content, encoding="utf-8")
        return [home / name for name in self.files()]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values, in the shape in which `GET /report` answers."""
        plain: dict[str, Any] = to_plain(self.found)
        return plain

    def __str__(self) -> str:
        return self.found.markdown

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.found.html


def report(runs: Runs, found: Effects | None = None) -> Report:
    """Write a report on the runs. It needs matplotlib.

    Args:
        found: The effects, if they are known already.

    Example:
        >>> from evenkeel import stability
        >>> frame = {"optimizer": ["adam", "none"] * 2, "seed": [0, 0, 1, 1], "loss": [1.0, 1.3, 1.1, 2.0]}
        >>> runs = stability.runs(frame, metric="loss", better="lower", name="trial")
        >>> print(str(stability.report(runs)).splitlines()[0])
        # Does it train stably? Experiment `trial`
    """
    known = (found or effects(runs)).found
    svgs = draw_figures(runs.task, runs.cells, known)
    return Report(write_report(runs.task, runs.cells, known, [], svgs), svgs)
