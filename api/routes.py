"""The routes of the app."""

from functools import cache

from fastapi import APIRouter
from starlette.routing import BaseRoute

from api.endpoints import (
    experiments,
    figures,
    health,
    imports,
    prometheus,
    report,
    runs,
    seeds,
    statistics,
    summary,
    tasks,
    workers,
)
from api.pages.routes import add_pages
from api.query_names import KnownQuery
from api.up_to_date import UpToDate

ENDPOINTS = (experiments, seeds, imports, runs, summary, statistics, figures, report, tasks, workers, prometheus)


@cache
def routes() -> list[BaseRoute]:
    """What every app of this process answers.

    FastAPI works out a router's routes when it is first asked for one. That takes 0.2 s in all: tests make hundreds of
    apps, and should pay once.
    """
    router = APIRouter()
    for endpoints in ENDPOINTS:
        router.include_router(endpoints.router, dependencies=[KnownQuery, UpToDate])
    router.include_router(health.router)
    add_pages(router)
    return router.routes
