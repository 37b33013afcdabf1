"""The endpoint of tasks: what can be trained and measured here."""

from fastapi import APIRouter

from api.auth import Reader
from api.errors import problems
from api.readiness import SEEN_WITHIN_SECONDS
from api.resources import Shared
from api.schemas.lab import TaskView
from api.serializers import show_task
from evenkeel.grids.tasks import known_tasks, now_announced
from evenkeel.lab.announced import refresh
from evenkeel.lab.context import Lab

router = APIRouter(tags=["tasks"], dependencies=[Reader])


@router.get("/tasks", responses=problems())
def list_tasks(shared: Shared) -> list[TaskView]:
    """List the tasks: the parameters, metrics and presets of each, the package that brings it, and the workers that can
    train it."""
    return tasks_now(shared.lab)


def tasks_now(lab: Lab) -> list[TaskView]:
    """The tasks that are known now, as the API and the pages show them."""
    refresh(lab.store, now=True)
    workers = lab.store.workers.seen(SEEN_WITHIN_SECONDS)
    return [show_task(task, now_announced(), workers) for task in known_tasks().values()]
