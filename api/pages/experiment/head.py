"""What the page of an experiment says before anything has to be worked out."""

import secrets
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.datastructures import QueryParams

from api.pages.charts.controls import Controls, read_controls
from api.pages.experiment.cells import threshold_of
from api.pages.experiment.exports import exports
from api.pages.experiment.note import show_note
from api.pages.experiment.query import OF_CHART, StudyQuery
from api.pages.fragments import Fragment
from api.pages.frame import Page
from api.questions import Question, Reading, read_question
from api.resources import Resources
from evenkeel.grids.levels import show
from evenkeel.lab.experiments import ExperimentDetail, find_experiment, with_what_it_waits_for

MOST_LEVELS = 8  # of a factor that the head names


@dataclass(frozen=True)
class Varied:
    """A factor that varies, and its levels as text."""

    name: str
    label: str
    levels: list[str]

    @property
    def named(self) -> str:
        """The first levels, as part of a sentence."""
        more = f" and {len(self.levels) - MOST_LEVELS} more" if len(self.levels) > MOST_LEVELS else ""
        return f"{', '.join(self.levels[:MOST_LEVELS])}{more}"


@dataclass(frozen=True)
class Head:
    """See the module.

    Attributes:
        asked: The question that the page answers; None if no cell of the experiment can be read here.
        controls: The form above the bands; None without cells.
        is_imported: Whether its runs were trained elsewhere.
    """

    detail: ExperimentDetail
    asked: Question | None
    controls: Controls | None
    varies: list[Varied]
    tasks: list[str]
    note: Markup
    is_imported: bool
    threshold: float | None


def read_head(shared: Resources, query: StudyQuery, given: QueryParams) -> Head:
    """The head of the page. given: the query of the request, of which the chart reads its own part.

    Raises:
        NoSuchExperiment: There is no such experiment.
        QueryError: Something is asked for that there is not.
    """
    lab, name = shared.lab, str(query.experiment)
    detail = detail_of(shared, name)
    has_cells = bool(detail.varies)
    asked = read_question(query, Reading(lab, shared.heavy.reading.summaries)) if has_cells else None
    return Head(
        detail=detail,
        asked=asked,
        controls=read_controls(lab, name, query.address(), given) if has_cells else None,
        varies=_varied(asked, detail.varies.get(asked.task.name, {})) if asked else [],
        tasks=list(detail.varies),
        note=show_note(detail.note),
        is_imported=lab.store.imports.is_imported(name),
        threshold=threshold_of(query, asked.metric) if asked else None,
    )


def detail_of(shared: Resources, name: str) -> ExperimentDetail:
    """What GET /experiments/NAME answers."""
    found = find_experiment(shared.lab, name)
    return with_what_it_waits_for(shared.lab, found, shared.details.get(found))


def progress(page: Page, asked: StudyQuery, detail: ExperimentDetail) -> Fragment:
    """How far it is, and what may be done about it."""
    return page.part(
        "progress",
        asked.address("progress"),
        "experiment/progress.html",
        detail=detail,
        is_imported=page.shared.lab.store.imports.is_imported(detail.name),
        exports=exports(asked),
        # A form that is sent twice adds its seeds once.
        once=secrets.token_urlsafe(12),
    )


def about_fields(name: str, note: str, tags: str) -> dict[str, Any]:
    """What the form of the note and the tags shows. tags: one on each line."""
    return {"name_of_form": name, "typed_note": note, "typed_tags": tags}


def chart_fields(given: QueryParams) -> list[tuple[str, str]]:
    """What is chosen above the chart, for forms that keep it."""
    return [(name, text) for name, text in given.multi_items() if name in OF_CHART and text]


def _varied(asked: Question, levels: dict[str, list[Any]]) -> list[Varied]:
    return [Varied(factor, asked.task.call(factor), list(map(show, found))) for factor, found in levels.items()]
