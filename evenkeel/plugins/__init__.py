"""The contract between the lab and what it trains: a task, its metrics, and what its training yields.

    from evenkeel.plugins import Metric, Task

The built-in `classification` (`models/task.py`, trained by `trainer/classification/`) is written against this package,
and so is a task of your own. Only the standard library is imported here.
"""

from evenkeel.plugins.hypotheses import Check, Finding, Hypotheses, Verdict
from evenkeel.plugins.needs import NAME_PATTERN, Needs, Prepared
from evenkeel.plugins.task import Metric, Panels, Task
from evenkeel.plugins.training import EpochEnd, Finished, Outcome, Training

__all__ = [
    "NAME_PATTERN",
    "Check",
    "EpochEnd",
    "Finding",
    "Finished",
    "Hypotheses",
    "Metric",
    "Needs",
    "Outcome",
    "Panels",
    "Prepared",
    "Task",
    "Training",
    "Verdict",
]
