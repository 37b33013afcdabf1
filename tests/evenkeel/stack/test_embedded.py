"""What the embedded stack waits for when it starts, and what it prints meanwhile. No service is started."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from records import TASKS

from evenkeel.lab.store import Store, now_ms
from evenkeel.records.workers import Worker
from evenkeel.stack.embedded import Stack
from evenkeel.stack.services import Addresses

READY = {"ok": True, "detail": "answers"}
AWAY = {"ok": False, "detail": "http://127.0.0.1:5000 does not answer: ConnectError"}
STARTING = {"ok": False, "detail": "box-7: starting, no slot ready yet"}
ANSWERS = [
    {"mlflow": AWAY, "workers": STARTING},
    {"mlflow": AWAY, "workers": STARTING},
    {"mlflow": READY, "workers": STARTING},
    {"mlflow": READY, "workers": READY},
]


class Readiness(BaseHTTPRequestHandler):
    """Gives each of ANSWERS once."""

    answers: list[dict[str, dict[str, object]]]

    def do_GET(self) -> None:
        checks = self.answers.pop(0)
        self.send_response(200 if all(check["ok"] for check in checks.values()) else 503)
        self.end_headers()
        self.wfile.write(json.dumps({"checks": checks}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Readiness.answers = list(ANSWERS)
    with HTTPServer(("127.0.0.1", 0), Readiness) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_up_says_what_it_waits_for_whenever_that_changes_and_forgets_the_worker_before(
    tmp_path: Path, port: int
) -> None:
    said: list[str] = []
    at = Addresses(port, 5000, 6400, tmp_path)
    stack = Stack(at, 1, said.append)
    stack.services = []
    with closing(Store(at.database_url)) as store:
        store.migrate()
        store.workers.see(Worker("the-one-before", 1, "cpu", "v", now_ms(), TASKS))
        stack.start()
        assert store.workers.seen(60) == []
    assert said == [
        "waiting for mlflow, workers: box-7: starting, no slot ready yet",
        "waiting for workers: box-7: starting, no slot ready yet",
    ]
    assert Readiness.answers == []
