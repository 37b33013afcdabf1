"""What an experiment has shown so far, in a sentence."""

from typing import Any

from fastapi import Response

from api.heavy.work import Work
from api.pages.rendering import render
from api.questions import Reading, read_question, some_samples
from api.schemas.summary import Cells
from evenkeel.analysis.effects import which_mattered


def ask_headline(experiment: str) -> Work:
    """The work for the sentence about an experiment, in the default metric of its task."""
    return Work(headline, Cells(experiment=experiment), "html")


def headline(query: Any, form: str, reading: Reading) -> Response:
    """The piece for `Cells` of an experiment. GET /effects says the same."""
    asked = read_question(query, reading)
    cells, left_out = some_samples(asked, reading)
    found = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out)
    return render("home/headline.html", found=found)
