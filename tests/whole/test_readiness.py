"""Ready means ready, on private real services whose training processes start when the test allows it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from services import RunningStack, grid, wait_for

from evenkeel.client import Client
from evenkeel.stack.ports import free_ports
from evenkeel.stack.redis import find_redis_server, write_redis_config
from evenkeel.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# Every Python process of the stack runs this first. The training process waits here until the file `gate` exists.
SITE = """
import os, sys, time
if "trainer.child" in " ".join(sys.orig_argv):
    while not os.path.exists({gate!r}):
        time.sleep(0.05)
"""


def gated_site(folder: Path) -> tuple[Path, Path]:
    """(the gate, the folder with its code for PYTHONPATH)"""
    gate, site = folder / "open", folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITE.format(gate=str(gate)))
    return gate, site


class GatedStack(RunningStack):
    def __init__(self, folder: Path) -> None:
        self.gate, site = gated_site(folder)
        [port] = free_ports([0])
        super().__init__(folder / "data", 1, port, wait=False, PYTHONPATH=str(site))
        self.url = f"http://127.0.0.1:{port}"
        self.client = Client(self.url)

    def ask(self, path: str) -> httpx.Response | None:
        try:
            return httpx.get(self.url + path, timeout=10)
        except httpx.HTTPError:
            return None

    def worker_check(self) -> dict[str, Any]:
        answer = self.ask("/readyz")
        check: dict[str, Any] = answer.json()["checks"]["workers"] if answer is not None else {"detail": ""}
        return check

    @property
    def workers_log(self) -> str:
        return (self.data / "logs" / "worker.log").read_text()


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatedStack]:
    """A lab whose gate is closed at first. The first test opens it, and the second goes on with the lab."""
    stack = GatedStack(tmp_path_factory.mktemp("gated"))
    yield stack
    stack.stop()


def test_a_lab_is_not_ready_before_a_slot_is_and_then_trains_in_a_process_that_was_there(gated: GatedStack) -> None:
    check = wait_for(lambda: (c := gated.worker_check())["detail"].endswith("no slot ready yet") and c, 120, "a worker")
    name = check["detail"].removesuffix(": starting, no slot ready yet")
    [shown] = httpx.get(gated.url + "/workers").json()
    assert (shown["name"], shown["device"], shown["ready"]) == (name, "starting", False)
    answer = httpx.get(gated.url + "/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["workers"] == {"ok": False, "detail": check["detail"]}
    wait_for(lambda: f"workers: {check['detail']}" in gated.log, 60, "up says what it waits for")
    assert "\nready\n" not in gated.log

    gated.gate.touch()
    wait_for(lambda: (answer := gated.ask("/readyz")) is not None and answer.status_code == 200, 240, "ready")
    so_far, children = gated.workers_log, gated.pids("trainer.child")
    assert so_far.index("1 slots ready on cpu") < so_far.index("this worker takes messages now")
    assert len(children) == 1

    wait_for(gated.is_up, 240, "up")
    gated.client.submit(grid("first"))
    detail = gated.finish("first")
    assert detail["num_runs"]["status"]["finished"] == 1
    [run] = gated.client.runs("first")
    assert run["attempt"] == 1
    # The run was claimed after all of that, and no other process was started for it.
    assert f"run {run['id']}: attempt 1" not in so_far
    assert f"run {run['id']}: attempt 1" in gated.workers_log
    assert gated.pids("trainer.child") == children


def test_a_lab_that_is_started_again_does_not_take_the_worker_before_for_a_ready_one(gated: GatedStack) -> None:
    gated.gate.touch()
    wait_for(gated.is_up, 240, "up")
    gated.gate.unlink()
    [before] = gated.pids("trainer.child")
    gated.kill("-m trainer")
    check = wait_for(lambda: (c := gated.worker_check())["detail"].endswith("no slot ready yet") and c, 120, "a worker")
    assert check["ok"] is False
    assert before not in gated.pids("trainer.child")
    gated.gate.touch()
    wait_for(lambda: gated.worker_check().get("ok"), 240, "ready again")


@pytest.fixture
def broker_url(tmp_path: Path) -> Iterator[str]:
    [port] = free_ports([0])
    config = write_redis_config(tmp_path / "redis", port, "word")
    server = subprocess.Popen([find_redis_server(), str(config)], stdout=subprocess.DEVNULL)
    yield f"redis://:word@127.0.0.1:{port}/0"
    server.terminate()
    server.wait(30)


def test_a_worker_tells_that_it_is_ready_without_waiting_for_a_heartbeat_and_that_it_left(
    tmp_path: Path, store: Store, database_url: str, broker_url: str
) -> None:
    gate, site = gated_site(tmp_path)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(site)]),
        "EVENKEEL_DATABASE_URL": database_url,
        "EVENKEEL_BROKER_URL": broker_url,
        "EVENKEEL_MLFLOW_URL": "http://127.0.0.1:1",
        "EVENKEEL_DATA_DIR": str(tmp_path),
        "EVENKEEL_DEVICE": "cpu",
        # The first one comes when the process starts. No other comes while the test runs.
        "EVENKEEL_HEARTBEAT_SECONDS": "86400",
    }
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-m", "trainer"], env=environment, stdout=log, stderr=log)
    try:
        [seen] = wait_for(lambda: store.workers.seen(1e6), 120, "the first heartbeat")
        assert (seen.device, seen.ready) == ("starting", False)
        gate.touch()
        wait_for(lambda: store.workers.seen(1e6)[0].ready, 240, "ready")
        assert "this worker takes messages now" in (tmp_path / "worker.log").read_text()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(90) == 0
        assert store.workers.seen(1e6) == []
    finally:
        worker.kill()
        worker.wait()
