"""Which factors mattered: the answer in a sentence, and its evidence. Both are made from what GET /effects answers."""

import re

from pydantic import TypeAdapter

from api.answers import statistics
from api.answers.figures import MAX_DRAWN
from api.heavy.work import Work
from api.pages.charts.effects import effects_chart
from api.pages.experiment.query import StudyQuery
from api.pages.rendering import fill
from api.schemas.statistics import EffectsQuery
from evenkeel.analysis.effects import Effects
from evenkeel.plugins import Task
from evenkeel.reports.sheets import effects_sheet

EFFECTS = TypeAdapter(Effects)
SENTENCES = re.compile(r"(?<=[.])\s+(?=[A-Z])")
ABOUT = re.compile(r"[A-Z][\w ]+(?: \([^)]*\))?:")  # 'Spread over seeds:'


def work_of(asked: StudyQuery) -> Work:
    """The question that GET /effects answers: so its answer is kept for both."""
    own = {"experiment": asked.experiment, "metric": asked.metric, "task": asked.task}
    named = EffectsQuery.model_validate({**own, **asked.filters})
    return Work(statistics.effects, named, "json")


def show_answer(body: bytes) -> str:
    """The answer in a sentence, as a piece of a page. body: what GET /effects answered."""
    return fill("experiment/answer.html", effects=EFFECTS.validate_json(body))


def show_effects(task: Task, asked: StudyQuery, body: bytes) -> str:
    """What each factor did, as a piece of a page."""
    effects = EFFECTS.validate_json(body)
    sheet = effects_sheet(task, effects)
    few = effects.num_cells <= MAX_DRAWN
    return fill(
        "experiment/effects.html",
        effects=effects,
        sentences=[_told(sentence) for sentence in SENTENCES.split(effects.answer)],
        notes=effects.notes,
        sheet=sheet,
        chart=effects_chart(task, effects) if few else None,
    )


def _told(sentence: str) -> tuple[str, str]:
    """(what the sentence is about, the rest)."""
    about = ABOUT.match(sentence)
    return (about[0], sentence[about.end() :]) if about else ("", sentence)
