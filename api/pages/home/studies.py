"""What the first page shows of the experiments: those that were asked for, in their order, some at a time."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi.concurrency import run_in_threadpool
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from api.pages.formats import path
from api.pages.fragments import html_of
from api.pages.home.headline import ask_headline
from api.pages.marks import LETTERS
from api.resources import Resources
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.brief import ExperimentBrief
from evenkeel.lab.experiments import (
    ExperimentDetail,
    NoSuchExperiment,
    list_experiments,
)
from evenkeel.records.status import Status

ON_A_PAGE = 50
# While an experiment trains, each epoch would make its sentence out of date.
LATE_SECONDS = 60.0
Sort = Literal["moved", "newest", "name"]


class Asked(BaseModel):
    """What the form of the first page sends."""

    model_config = ConfigDict(extra="forbid")

    search: Annotated[str, Field(max_length=200)] = ""
    tag: Annotated[str, Field(max_length=40)] = ""
    sort: Sort = "moved"
    page: Annotated[int, Field(ge=1, le=100_000)] = 1

    @property
    def chosen(self) -> dict[str, str | int]:
        """The fields that are not as they are by default."""
        return self.model_dump(exclude_defaults=True)


@dataclass(frozen=True)
class Study:
    """An experiment as the first page shows it.

    Attributes:
        url: The address of its headline.
        headline: The sentence; None if it is still to be worked out, and '' if no run has finished.
    """

    brief: ExperimentBrief
    detail: ExperimentDetail
    url: str
    headline: Markup | None

    @property
    def ended(self) -> int:
        """The number of its runs that have ended in any way."""
        status = self.brief.num_runs.status
        return status[Status.FINISHED] + status[Status.FAILED] + status[Status.CANCELLED]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """(status or outcome, number of runs), without those that no run has."""
        runs = self.brief.num_runs
        counts = {str(kind): number for kind, number in (*runs.status.items(), *runs.outcome.items())}
        return [(kind, counts[kind]) for kind in LETTERS if counts[kind]]

    @property
    def varies(self) -> list[tuple[str, list[Any]]]:
        """(factor, levels), with the name that the task gives the factor."""
        tasks = known_tasks()
        return [
            (tasks[task].call(factor) if task in tasks else factor, levels)
            for task, factors in self.detail.varies.items()
            for factor, levels in factors.items()
        ]


@dataclass(frozen=True)
class Studies:
    """The experiments of one page.

    Attributes:
        num_all: The number of all experiments of the lab.
        num_found: The number of those that were asked for.
        tags: (tag, number of experiments), the commonest first.
    """

    asked: Asked
    shown: list[Study]
    num_all: int
    num_found: int
    tags: list[tuple[str, int]]

    @property
    def pages(self) -> int:
        return max(1, -(-self.num_found // ON_A_PAGE))


async def find_studies(shared: Resources, asked: Asked) -> Studies:
    """The experiments that were asked for."""
    every, found = await run_in_threadpool(_list, shared, asked)
    start = (asked.page - 1) * ON_A_PAGE
    shown = found[start : start + ON_A_PAGE]
    details = await run_in_threadpool(_details, shared, shown)
    headlines = await asyncio.gather(*(_headline(shared, brief) for brief in shown))
    return Studies(
        asked=asked,
        shown=[
            Study(brief, detail, path("ui", "experiments", brief.name, "headline"), said)
            for brief, detail, said in zip(shown, details, headlines, strict=True)
            if detail is not None
        ],
        num_all=len(every),
        num_found=len(found),
        tags=Counter(tag for brief in every for tag in brief.tags).most_common(),
    )


def _list(shared: Resources, asked: Asked) -> tuple[list[ExperimentBrief], list[ExperimentBrief]]:
    """All experiments, and those that were asked for in their order."""
    every = list_experiments(shared.lab)
    narrowed = bool(asked.search or asked.tag)
    found = list_experiments(shared.lab, asked.search, [asked.tag] if asked.tag else []) if narrowed else every
    return every, _sorted(found, asked.sort)


def _sorted(found: Sequence[ExperimentBrief], by: Sort) -> list[ExperimentBrief]:
    if by == "name":
        return sorted(found, key=lambda brief: (brief.name.lower(), brief.name))
    return sorted(found, key=lambda brief: brief.moved_ms if by == "moved" else brief.created_ms, reverse=True)


def _details(shared: Resources, shown: Sequence[ExperimentBrief]) -> list[ExperimentDetail | None]:
    """What is known of each; None for one that was deleted meanwhile."""
    known = {each.name: each for each in shared.lab.store.experiments.all()}
    return [shared.details.get(known[brief.name]) if brief.name in known else None for brief in shown]


async def _headline(shared: Resources, brief: ExperimentBrief) -> Markup | None:
    runs = brief.num_runs
    if not runs.status[Status.FINISHED]:
        return Markup("")
    late = LATE_SECONDS if runs.status[Status.RUNNING] else 0.0
    try:
        return await html_of(shared.heavy.kept(ask_headline(brief.name), late))
    except NoSuchExperiment:
        return Markup("")
