"""A webhook on this machine, which answers as a test tells it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook:
    """Attributes:
    told: the body of each request that was accepted, in order.
    keys: the Idempotency-Key of each request, also of those that were refused.
    answers: the status of the next answers; 200 once it is empty. None closes the connection without an answer.
    """

    def __init__(self) -> None:
        self.told = list[dict[str, Any]]()
        self.keys = list[str]()
        self.answers = list[int | None]()
        self.url = ""

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.keys.append(handler.headers["Idempotency-Key"])
        status = self.answers.pop(0) if self.answers else 200
        if status is None:
            handler.close_connection = True
            return
        if status == 200:
            self.told.append(body)
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A webhook that listens until the end of the block."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.take(self)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.url = f"http://127.0.0.1:{server.server_address[1]}/secret-path"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join()
