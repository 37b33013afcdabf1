"""`python -m api` serves the API, as EVENKEEL_HOST, EVENKEEL_PORT and EVENKEEL_API_PROCESSES say."""

import gc
import socket
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.supervisors import Multiprocess

from api.door.bounds import KEEP_ALIVE_SECONDS
from api.loopback import is_loopback
from evenkeel.grids.tasks import TaskError, known_tasks
from evenkeel.lab.logs import configure_logging
from evenkeel.setting_errors import SettingError
from evenkeel.settings import Settings, get_settings
from evenkeel.store import SchemaError, Store, StoreAway

if TYPE_CHECKING:
    from fastapi import FastAPI


def make_app() -> "FastAPI":
    """Make the app. Each process of the server calls this once."""
    configure_logging(get_settings().log_format)
    app: FastAPI = import_module("api.app").create_app()
    # A full collection of everything that was imported takes 160 ms, and would delay some request. After the freeze,
    # no collection looks at these objects again.
    gc.collect()
    gc.freeze()
    return app


def serve(settings: Settings) -> None:
    """Serve the API until the process is stopped.

    Raises:
        SystemExit: A task cannot be loaded, the store does not answer or was not migrated, or the address is beyond
            loopback while the lab has no API keys. The message gives the reason.
    """
    try:
        # Each process of the server loads the app. If there are several, this one does not need it.
        import_module("api.schemas.filters").check_factors(known_tasks())
        store = Store(settings.database_url)
        store.check_schema()
    except (TaskError, SchemaError, StoreAway) as error:
        sys.exit(f"the API does not start: {error}")
    if not is_loopback(settings.host) and not store.keys.any():
        sys.exit(
            f"EVENKEEL_HOST={settings.host} is beyond loopback and this lab has no API keys, so anybody could use it. "
            "Make a key first: evenkeel keys add NAME"
        )
    store.close()
    config = uvicorn.Config(
        "api.__main__:make_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.api_processes,
        http="api.door.protocol:DoorProtocol",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    # asyncio does not set this option for a socket that it is given. Without it, an answer waits 40 ms for an ACK.
    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if settings.api_processes == 1:
        return uvicorn.Server(config).run(sockets=[listening])
    Multiprocess(config, sockets=[listening]).run()


if __name__ == "__main__":
    try:
        settings = get_settings()
    except SettingError as error:
        sys.exit(f"the API does not start:\n{error}")
    configure_logging(settings.log_format)
    serve(settings)
