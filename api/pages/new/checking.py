"""Checks what the form describes: a plan, or what is wrong and in which field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi import Request

from api.errors import MAX_PROBLEMS
from api.news import after_news
from api.pages.forms import Fields
from api.pages.new.factors import parts_of
from api.pages.new.reading import Body, grid_of_form
from api.pages.new.troubles import EMPTY_NAME, UNREADABLE, Trouble, trouble
from api.resources import Resources
from api.schemas.grids import WrongGrid, read_grid
from api.wording import word
from evenkeel.analysis.planning import plan_study
from evenkeel.grids.expand import SpecError
from evenkeel.grids.sharing import QuotaExceeded
from evenkeel.grids.spec import GridSpec
from evenkeel.lab.planned import GridPlan
from evenkeel.plugins import Task

T = TypeVar("T")


@dataclass(frozen=True)
class Checked:
    """What the form describes.

    Attributes:
        body: The grid as it would be posted.
        plan: What that would create; None if it could not be posted.
        exists: Whether an experiment has this name already, so that the runs are added to it.
    """

    task: Task
    body: Body
    plan: GridPlan | None = None
    troubles: list[Trouble] = field(default_factory=list)
    status: int = 200
    exists: bool = False

    @property
    def why_not(self) -> str:
        """Why nothing would be posted; '' if something would be."""
        if self.troubles:
            return "Nothing is posted while there is a problem."
        return "There is nothing to post: all of these runs exist." if self.plan and not self.plan.num_new else ""

    def about(self, field: str) -> str:
        """What is wrong in a field, as one text; '' if nothing is."""
        return "; ".join(each.says for each in self.troubles if each.field == field)


def check(request: Request, shared: Resources, task: Task, form: Fields) -> Checked:
    """The plan of the form, or what is wrong with it."""
    return attempt(request, shared, task, form, lambda spec: plan_study(shared.lab, spec))[0]


def attempt(
    request: Request, shared: Resources, task: Task, form: Fields, do: Callable[[GridSpec], T]
) -> tuple[Checked, T | None]:
    """Do something with the grid of the form. If that cannot be, the answer says what is wrong, and nothing is done."""
    parts = parts_of(task)
    body = grid_of_form(task, parts, form)

    def wrong(found: Sequence[tuple[str, str]], status: int = 422) -> Checked:
        troubles = [trouble(parts, form, path, says) for path, says in found]
        if not body["name"]:
            troubles = [Trouble("name", EMPTY_NAME), *(each for each in troubles if each.field != "name")]
        return Checked(task, body, troubles=troubles, status=status)

    try:
        spec = after_news(shared.lab.store, lambda: read_grid(body))
        done = do(spec)
    except WrongGrid as error:
        found = [_worded(each, request, error) for each in error.errors()[:MAX_PROBLEMS]]
        return wrong(found), None
    except SpecError as error:
        return wrong([(error.field, error.problem)]), None
    except QuotaExceeded as error:
        status = 429 if error.passes else 422
        return wrong([("" if error.passes else error.field, str(error))], status), None
    exists = shared.lab.store.experiments.find(spec.name) is not None
    return Checked(task, body, plan=done if isinstance(done, GridPlan) else None, exists=exists), done


def _worded(each: Mapping[str, Any], request: Request, error: WrongGrid) -> tuple[str, str]:
    worded = word(each, request, error.spec)
    return worded["field"], UNREADABLE if each["type"] == "seeds" else worded["problem"]
