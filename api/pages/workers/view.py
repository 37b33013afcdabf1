"""The page of workers: /ui/workers."""

from fastapi import APIRouter, Response

from api.pages.frame import ThePage
from api.readiness import SEEN_WITHIN_SECONDS
from api.serializers import show_worker
from evenkeel.store import now_ms

router = APIRouter()


@router.get("/ui/workers")
def show_workers(page: ThePage) -> Response:
    seen = page.shared.lab.store.workers.seen(SEEN_WITHIN_SECONDS)
    return page.show("workers/page.html", workers=[show_worker(worker, now_ms()) for worker in seen])
