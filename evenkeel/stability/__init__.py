"""The statistics of stability for any runs: give a DataFrame, and get the same answers that a lab gives.

    >>> from evenkeel import stability
    >>> frame = {
    ...     "optimizer": ["adam"] * 6 + ["sgd"] * 6,
    ...     "seed": [0, 1, 2, 3, 4, 5] * 2,
    ...     "accuracy": [0.91, 0.92, 0.90, 0.93, 0.91, 0.92, 0.71, 0.80, 0.65, 0.77, 0.70, 0.68],
    ... }
    >>> runs = stability.runs(frame, metric="accuracy", better="higher", seed="seed")
    >>> print(stability.effects(runs).answer.partition(",")[0])
    Final accuracy: optimizer mattered (sgd is 0.197 below adam

`runs` accepts frames of pandas, polars and pyarrow, and dicts of lists, and needs none of these packages. Every result
prints its answer, and has `to_dict`, `to_frame`, `to_latex` and `figure`. docs/analyze.md shows them.
"""

from evenkeel.stability.comparisons import Comparisons, compare
from evenkeel.stability.errors import FrameError
from evenkeel.stability.factor_effects import Effects, effects
from evenkeel.stability.files import read
from evenkeel.stability.reading import runs
from evenkeel.stability.report_of import Report, report
from evenkeel.stability.run_set import Runs
from evenkeel.stability.summaries import Summary, summary

__all__ = [
    "Comparisons",
    "Effects",
    "FrameError",
    "Report",
    "Runs",
    "Summary",
    "compare",
    "effects",
    "read",
    "report",
    "runs",
    "summary",
]
