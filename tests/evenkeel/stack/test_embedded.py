"""How the embedded stack starts, what it prints meanwhile, and how it keeps its services. No service is started."""

import json
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from records import TASKS, claim_run, make_cell
from services import wait_for

from evenkeel.records.status import Status
from evenkeel.records.workers import Taker, Worker
from evenkeel.stack import giving_back
from evenkeel.stack.embedded import Stack
from evenkeel.stack.errors import StackError
from evenkeel.stack.service import Service
from evenkeel.stack.services import Addresses
from evenkeel.store import Store, now_ms

READY = {"ok": True, "detail": "answers"}
AWAY = {"ok": False, "detail": "http://127.0.0.1:5000 does not answer: ConnectError"}
STARTING = {"ok": False, "detail": "box-7: starting, no slot ready yet"}
ANSWERS = [
    {"mlflow": AWAY, "workers": STARTING},
    {"mlflow": AWAY, "workers": STARTING},
    {"mlflow": AWAY, "broker": AWAY, "workers": STARTING},
    {"mlflow": AWAY, "workers": READY},
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


@pytest.mark.slow
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
        "waiting for workers: box-7: starting, no slot ready yet",
        "waiting for broker, workers: box-7: starting, no slot ready yet",
    ]
    assert Readiness.answers == []


@pytest.mark.slow
def test_up_is_ready_on_a_full_disk_too_so_that_experiments_can_be_deleted(tmp_path: Path, port: int) -> None:
    full = {"ok": False, "detail": "box-7: the disk of /data/checkpoints is full: 3 MB are free"}
    Readiness.answers = [{"mlflow": AWAY, "broker": AWAY, "workers": full}, {"mlflow": AWAY, "workers": full}]
    said: list[str] = []
    stack = Stack(Addresses(port, 5000, 6400, tmp_path), 1, said.append)
    stack.services = []
    stack.start()
    assert said == [f"waiting for broker, workers: {full['detail']}", full["detail"]]


LIVES = [sys.executable, "-c", "import time; time.sleep(60)"]
DIES = [sys.executable, "-c", "print('no room'); raise SystemExit(7)"]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Fake:
    """A stack whose services do nothing, on a clock that a test moves."""

    def __init__(self, data: Path, migrated: Path) -> None:
        shutil.copy(migrated, data / "evenkeel.db")
        self.said: list[str] = []
        self.stack = Stack(Addresses(8000, 5000, 6400, data), 1, self.said.append)
        self.clock = Clock()
        for service in self.stack.services:
            service.command, service.clock = LIVES, self.clock

    def open_store(self) -> Store:
        return Store(self.stack.addresses.database_url)

    def service(self, name: str) -> Service:
        return next(service for service in self.stack.services if service.name == name)

    def end(self, name: str) -> None:
        """Wait until the service has ended, and let the stack notice."""
        process = self.service(name).process
        assert process is not None
        process.wait(30)
        self.stack.keep()

    def start(self) -> None:
        for service in self.stack.services:
            service.start()


@pytest.fixture
def fake(tmp_path: Path, migrated_file: Path) -> Iterator[Fake]:
    made = Fake(tmp_path, migrated_file)
    yield made
    for service in made.stack.services:
        service.signal_group(signal.SIGKILL)
        if service.process is not None:
            service.process.wait(30)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["redis", "mlflow", "api", "worker"])
def test_a_service_that_worked_once_is_started_again_however_often_it_dies(fake: Fake, name: str) -> None:
    fake.stack.worked = {"redis", "mlflow", "api", "worker"}
    fake.start()
    fake.service(name).command = DIES
    others = {service.name: service.process for service in fake.stack.services if service.name != name}
    victim = fake.service(name)
    for _ in range(20):
        if victim.process is None:
            fake.clock.now += 31
            wait_for(lambda: fake.stack.keep() or victim.process is not None, 30, "started again")
        else:
            victim.process.kill()
        fake.end(name)
    assert victim.num_ends == 20
    assert fake.said[-1] == f"{name} ended (exit 7): starting it again in 30 s"
    assert {service.name: service.process for service in fake.stack.services if service.name != name} == others


@pytest.mark.slow
def test_a_service_that_was_never_ready_ends_the_stack_with_its_last_words(fake: Fake) -> None:
    fake.service("mlflow").command = DIES
    fake.start()
    for _ in range(4):
        fake.end("mlflow")
        fake.clock.now += 31
        fake.stack.keep()
    with pytest.raises(StackError, match=r"mlflow keeps ending \(exit 7\). Its log ends with:\n(no room\n?){5}"):
        fake.end("mlflow")


@pytest.mark.slow
def test_a_service_that_cannot_be_started_now_is_started_later(fake: Fake) -> None:
    fake.stack.worked = {"api"}
    fake.start()
    api = fake.service("api")
    api.command = ["/nowhere"]
    assert api.process is not None
    api.process.kill()
    fake.end("api")
    fake.clock.now += 1
    fake.stack.keep()
    assert api.process is None
    assert fake.said[-1] == "api ended ([Errno 2] No such file or directory: '/nowhere'): starting it again in 2 s"
    api.command = LIVES
    fake.clock.now += 2
    fake.stack.keep()
    assert api.notice_end() is None
    assert api.process is not None


@pytest.mark.slow
def test_the_runs_of_a_worker_that_died_are_queued_again_before_the_next_worker_starts(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "box")
    fake.start()
    worker = fake.service("worker")
    assert worker.process is not None
    with closing(fake.open_store()) as store:
        names = [f"box-{worker.process.pid}", "elsewhere-1"]
        mine, other = [
            claim_run(store, make_cell(), seed, taker=Taker(name, "v", TASKS)).run_id for seed, name in enumerate(names)
        ]
        for name in names:
            store.workers.see(Worker(name, 1, "cpu", "v", now_ms(), TASKS))
        begun = threading.Event()
        monkeypatch.setattr(giving_back, "give_back", slowly(giving_back.give_back, begun))
        worker.process.kill()
        fake.end("worker")
        fake.clock.now += 5
        fake.stack.keep()
        assert worker.process is None
        begun.set()
        wait_for(lambda: fake.stack.keep() or worker.process is not None, 30, "a new worker")
        assert {run.id: run.status for run in store.runs.all()} == {mine: Status.QUEUED, other: Status.RUNNING}
        assert [seen.name for seen in store.workers.seen(60)] == ["elsewhere-1"]


def slowly(do: Any, begun: threading.Event) -> Any:
    def wait_and_do(*arguments: Any) -> Any:
        assert begun.wait(30)
        return do(*arguments)

    return wait_and_do


def test_runs_that_a_power_cut_stopped_are_queued_again_before_anything_starts(fake: Fake) -> None:
    with closing(fake.open_store()) as store:
        for seed in range(2):
            claim_run(store, make_cell(), seed)
        fake.stack._prepare_store()
        assert {run.status for run in store.runs.all()} == {Status.QUEUED}
    assert fake.said == ["2 runs were cut off when the lab ended: they go on"]
