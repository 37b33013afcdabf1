"""The page of tasks: /ui/tasks."""

from fastapi import APIRouter, Response

from api.endpoints.tasks import tasks_now
from api.pages.frame import ThePage
from api.pages.tasks.factors import factors_of

router = APIRouter()


@router.get("/ui/tasks")
def show_tasks(page: ThePage) -> Response:
    tasks = tasks_now(page.shared.lab)
    return page.show("tasks/page.html", tasks=[(task, factors_of(task)) for task in tasks])
