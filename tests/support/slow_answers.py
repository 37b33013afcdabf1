"""Answers that tests let the processes of the pool work out."""

import os
import time
from pathlib import Path

from fastapi import Response
from pydantic import BaseModel

from api.questions import Question, Reading
from models.task import CLASSIFICATION


class Told(BaseModel):
    """`notes`: a file that gets a line with the id of the process for each answer that is begun. `until`: a file. While
    it does not exist, an answer is not ready. `text`: the body."""

    notes: Path
    until: Path | None = None
    text: str = "done"


def about_exp(query: Told, reading: Reading) -> Question:
    """What it is about: the cells of an experiment."""
    return Question(CLASSIFICATION, CLASSIFICATION.metric("val_accuracy"), "exp", {})


def told(query: Told, form: str, reading: Reading) -> Response:
    """An answer that comes when it is told to. Until then it keeps a core busy."""
    with query.notes.open("a") as file:
        file.write(f"{os.getpid()}\n")
    while query.until is not None and not query.until.exists():
        time.sleep(0.001)
    return Response(query.text, headers={"Of": f"{os.getpid()}"})


def broken(query: Told, form: str, reading: Reading) -> Response:
    """A bug. Its exception cannot be pickled."""

    class Local(Exception):
        pass

    raise Local("a bug")
