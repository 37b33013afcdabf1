"""The contract between the lab and a task: the task's declaration, its metrics, and what its training yields.

    from evenkeel.plugins import Metric, Task

The built-in task `classification` (`models/task.py`, trained by `trainer/classification/`) uses this package, and so
does a task of your own. The package imports only the standard library.
"""

from evenkeel.plugins.announced import Announced, AnnouncedLevel, AnnouncedTask, Broken, Package
from evenkeel.plugins.hypotheses import Check, Finding, Hypotheses, Verdict
from evenkeel.plugins.needs import NAME_PATTERN, Needs, Prepared
from evenkeel.plugins.task import Metric, Panels, Task
from evenkeel.plugins.training import NormFactory, Training
from evenkeel.plugins.yields import EpochEnd, Finished, Outcome, StepEnd

__all__ = [
    "NAME_PATTERN",
    "Announced",
    "AnnouncedLevel",
    "AnnouncedTask",
    "Broken",
    "Check",
    "EpochEnd",
    "Finding",
    "Finished",
    "Hypotheses",
    "Metric",
    "Needs",
    "NormFactory",
    "Outcome",
    "Package",
    "Panels",
    "Prepared",
    "StepEnd",
    "Task",
    "Training",
    "Verdict",
]
