"""The API behind its door, in a thread of this process. It starts in a second, and answers in its own threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from servers import NO_BROKER, NO_MLFLOW
from services import wait_for

from api.app import create_app
from api.door.protocol import DoorProtocol
from evenkeel.settings import Settings
from evenkeel.stack.ports import free_ports


@contextmanager
def api_in_thread(database_url: str, port: int = 0) -> Iterator[str]:
    """Serve this store, and give the address. Raises AssertionError if the server does not stop when it is told to."""
    settings = Settings(answer_processes=0, database_url=database_url, broker_url=NO_BROKER, mlflow_url=NO_MLFLOW)
    [port] = free_ports([port])
    config = uvicorn.Config(create_app(settings), port=port, http=DoorProtocol, ws="none", log_config=None)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started, 60, "the API")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the API does not stop"
