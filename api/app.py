"""The HTTP application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.content_type import BodiesAreJson
from api.endpoints import experiments, figures, health, runs, statistics, summary
from api.errors import add_handlers
from api.resources import Resources
from lab.queue import Doorbell
from lab.settings import Settings, get_settings
from lab.store import Store
from lab.summary import Summaries
from lab.version import code_version

DESCRIPTION = """
Post a grid of choices and a number of seeds; every cell is trained once per seed; the summary tells, per cell, how far
the seeds spread and how many diverged. Errors are problem+json (RFC 9457) that name the field and what is allowed.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The app over the store, broker and MLflow that `settings` (by default the environment) names."""
    settings = settings or get_settings()
    store = Store(settings.database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(title="Evenkeel", version=code_version(), description=DESCRIPTION, lifespan=lifespan)
    app.state.resources = Resources(settings, store, Doorbell(settings), Summaries(store))
    app.add_middleware(BodiesAreJson)
    add_handlers(app)
    for endpoints in (experiments, runs, summary, statistics, figures, health):
        app.include_router(endpoints.router)
    return app
