"""The HTTP application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api.content_type import BodiesAreJson
from api.describing import describe_what_is_known
from api.details import Details
from api.door.hosts import KnownHosts
from api.errors import add_handlers
from api.heavy.heavy import Heavy
from api.keyring import KeyRing
from api.middleware import BoundedBodies, Traced
from api.news import News
from api.pages.live.about import stamp_of
from api.pages.live.watcher import Watcher
from api.pages.problems import show_problems_as_pages
from api.questions import Reading
from api.readiness import Surroundings
from api.resources import Resources
from api.routes import routes
from api.signed_in import SignedIn
from evenkeel.analysis.summary import Summaries
from evenkeel.lab.context import Lab
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.version import code_version
from evenkeel.settings import Settings, get_settings
from evenkeel.store import Store

# More threads would only wait for each other, and for the store's connections.
THREADS = 4

DESCRIPTION = """
Post a grid of choices and a number of seeds. Every cell is trained once for each seed. The summary says for each cell
how far the seeds spread and how many diverged. Errors are problem+json (RFC 9457). They name the field and what is
allowed.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the app for the store, the broker and the MLflow that `settings` name. By default they come from the
    environment."""
    settings = settings or get_settings()
    store = Store(settings.database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        # Nobody waits for this: the first answer may come before it has ended.
        warming = asyncio.create_task(resources.heavy.pool.warm())
        yield
        await asyncio.wait([warming])
        await asyncio.to_thread(resources.heavy.pool.close)
        resources.surroundings.close()
        store.close()

    app = FastAPIOffline(
        title="Evenkeel", version=code_version(), description=DESCRIPTION, lifespan=lifespan, routes=routes()
    )
    lab = Lab(settings, store, Doorbell(settings))
    keys = KeyRing(store)
    app.state.resources = resources = Resources(
        lab,
        Heavy(Reading(lab, Summaries(store))),
        keys,
        Details(lab),
        Surroundings(lab),
        News(store),
        SignedIn(store, keys, 86_400 * settings.session_days),
        Watcher(partial(stamp_of, store)),
    )
    # A request passes the middleware that was added last first.
    app.add_middleware(BodiesAreJson)
    app.add_middleware(BoundedBodies)
    app.add_middleware(KnownHosts, names=settings.allowed_hosts.lower().split(","))
    app.add_middleware(Traced)
    add_handlers(app)
    describe_what_is_known(app, store)
    show_problems_as_pages(app)
    return app
