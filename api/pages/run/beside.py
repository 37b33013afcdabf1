"""Where a run that diverged left the other seeds of its cell, in each metric."""

from dataclasses import dataclass
from typing import Any

from fastapi import Response

from api.pages.one_cell import question_of, read_cell
from api.pages.rendering import render
from api.questions import Reading
from evenkeel.statistics.divergence import LeftSurvivors


@dataclass(frozen=True)
class Leaving:
    """When a run left the range of the others in a metric."""

    metric: str
    left: LeftSurvivors


def beside(query: Any, form: str, reading: Reading) -> Response:
    """The piece for a `OneCell` with a seed. The metric that left first comes first."""
    task = question_of(query, reading).task
    found = [
        Leaving(task.call(metric.name), left)
        for metric in task.metrics
        for left in read_cell(query.model_copy(update={"metric": metric.name}), reading).left_survivors
        if left.seed == query.seed
    ]
    return render("run/beside.html", leaving=sorted(found, key=lambda each: each.left.epoch))
