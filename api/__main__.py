"""`python -m api` serves the API: EVENKEEL_HOST, EVENKEEL_PORT, EVENKEEL_API_PROCESSES."""

import gc
import socket
import sys
from importlib import import_module

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from api.auth import is_loopback
from evenkeel.grids.tasks import TaskError
from evenkeel.lab.logs import configure_logging
from evenkeel.lab.store import SchemaError, Store, StoreAway
from evenkeel.settings import Settings, get_settings


def make_app() -> FastAPI:
    """What each process of the server starts with."""
    configure_logging(get_settings().log_format)
    app: FastAPI = import_module("api.app").create_app()
    # A full collection of all that was imported takes 160 ms and would fall into some request: what lives as long as
    # the process is left out of it.
    gc.collect()
    gc.freeze()
    return app


def serve(settings: Settings) -> None:
    """Raises SystemExit, with the reason, for a task that cannot be loaded, for a store that is away or was not
    migrated, and for an address beyond loopback while the lab has no API keys."""
    try:
        # Its queries are made of the tasks that the settings name: it cannot be imported where one of them is wrong.
        import_module("api.app")
        store = Store(settings.database_url)
        store.check_schema()
    except (TaskError, SchemaError, StoreAway) as error:
        sys.exit(f"the API does not start: {error}")
    if not is_loopback(settings.host) and not store.keys.any():
        sys.exit(
            f"EVENKEEL_HOST={settings.host} is beyond loopback and this lab has no API keys, so anybody could use it. "
            "Make one first: evenkeel keys add NAME"
        )
    store.close()
    config = uvicorn.Config(
        "api.__main__:make_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.api_processes,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    # asyncio leaves a socket that it is handed as it is: without this an answer waits 40 ms for the client's ACK.
    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if settings.api_processes == 1:
        return uvicorn.Server(config).run(sockets=[listening])
    Multiprocess(config, sockets=[listening]).run()


if __name__ == "__main__":
    configure_logging(get_settings().log_format)
    serve(get_settings())
