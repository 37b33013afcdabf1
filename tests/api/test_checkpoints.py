"""The API sends a checkpoint from this machine or from MLflow. Otherwise the error says where the file is."""

import hashlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from records import claim_run, make_cell, mirrored
from servers import LIGHT, NO_BROKER, add_key, api_server
from services import wait_for

from api.app import create_app
from evenkeel.client import Client, EvenkeelError, Unreachable
from evenkeel.plugins import Outcome
from evenkeel.records.keys import Role
from evenkeel.records.leases import Claim
from evenkeel.settings import Settings
from evenkeel.store import Store

WEIGHTS = os.urandom(300_000)
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of the lab's data."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def client(app_store: Store, tmp_path: Path, data: Path) -> Iterator[TestClient]:
    settings = Settings(
        answer_processes=0,
        database_url=f"sqlite:///{tmp_path}/lab.db",
        broker_url=NO_BROKER,
        data_dir=data,
        mlflow_url="http://127.0.0.1:1",
    )
    with TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        yield client


@pytest.fixture
def claim(app_store: Store) -> Claim:
    return claim_run(app_store, make_cell(), 0)


def write(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "epoch-0002.pt").write_bytes(WEIGHTS)
    return folder / "epoch-0002.pt"


def record(store: Store, claim: Claim, path: Path | str, sha256: str = SHA256) -> None:
    assert store.claims.record_checkpoint(claim, 2, str(path), sha256)


def record_in_mlflow(store: Store, claim: Claim) -> None:
    """Record a checkpoint that only MLflow has: the API does not see the disk of the worker that wrote it."""
    record(store, claim, "/elsewhere/epoch-0002.pt")
    [run] = [run for run in store.runs.all() if run.id == claim.run_id]
    mirrored(store, run, "mlflow-run", 2)
    [run] = [run for run in store.runs.all() if run.id == claim.run_id]
    store.outbox.mark_checkpoint(run)


def test_a_checkpoint_on_this_machine_is_sent_whole_with_its_length_name_and_sha256(
    client: TestClient, app_store: Store, claim: Claim, data: Path
) -> None:
    record(app_store, claim, write(data / "checkpoints" / claim.run_id / "attempt-1"))
    for run_id in (claim.run_id, claim.run_id[:8]):
        answer = client.get(f"/runs/{run_id}/checkpoint")
        assert answer.content == WEIGHTS
        assert answer.headers["Content-Length"] == str(len(WEIGHTS))
        assert answer.headers["ETag"] == f'"{SHA256}"'
        name = f"{claim.run_id[:8]}-epoch-0002.pt"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    shown = client.get(f"/runs/{claim.run_id[:8]}").json()
    assert shown["id"] == claim.run_id
    assert shown["checkpoint"].keys() == {"epoch", "path", "sha256", "num_bytes"}
    assert shown["checkpoint"]["num_bytes"] == len(WEIGHTS)


def test_a_file_with_other_bytes_than_were_recorded_is_not_sent(
    client: TestClient, app_store: Store, claim: Claim, data: Path
) -> None:
    path = write(data / "checkpoints" / claim.run_id / "attempt-1")
    record(app_store, claim, path)
    path.write_bytes(WEIGHTS[:-1] + b"?")
    answer = client.get(f"/runs/{claim.run_id}/checkpoint")
    assert answer.status_code == 409
    assert "is not what was written" in answer.json()["detail"]


@pytest.mark.slow
def test_no_path_that_a_worker_could_record_leads_out_of_the_runs_own_folder(
    client: TestClient, app_store: Store, claim: Claim, data: Path, tmp_path: Path
) -> None:
    own = data / "checkpoints" / claim.run_id / "attempt-1"
    write(own)
    secret = write(tmp_path / "secret")
    (own / "link.pt").symlink_to(secret)
    (own / "folder").symlink_to(secret.parent)
    another = write(data / "checkpoints" / ("f" * 32) / "attempt-1")
    for path in (
        secret,
        data / "lab.db",
        another,
        own / "link.pt",
        own / "folder" / "epoch-0002.pt",
        own,
        f"{own}/../../../../secret/epoch-0002.pt",
        "secret/epoch-0002.pt",
        "/etc/passwd",
        f"{own}/\0",
        f"{own}/missing.pt",
    ):
        record(app_store, claim, path)
        answer = client.get(f"/runs/{claim.run_id}/checkpoint")
        assert answer.status_code == 409, path
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_runs_folder_that_is_a_link_leads_nowhere(
    client: TestClient, app_store: Store, claim: Claim, data: Path, tmp_path: Path
) -> None:
    write(tmp_path / "secret")
    (data / "checkpoints").mkdir()
    (data / "checkpoints" / claim.run_id).symlink_to(tmp_path / "secret")
    record(app_store, claim, data / "checkpoints" / claim.run_id / "epoch-0002.pt")
    assert client.get(f"/runs/{claim.run_id}/checkpoint").status_code == 409


def test_a_run_without_a_checkpoint_says_whether_there_will_be_one(
    client: TestClient, app_store: Store, claim: Claim
) -> None:
    answer = client.get(f"/runs/{claim.run_id}/checkpoint")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"run '{claim.run_id}' has no checkpoint yet: a worker writes one")
    app_store.claims.finish(claim, Outcome.DIVERGED, 1)
    answer = client.get(f"/runs/{claim.run_id}/checkpoint")
    assert answer.status_code == 404
    why = "because it ended before the first one was written"
    assert answer.json()["detail"] == f"run '{claim.run_id}' has no checkpoint {why}"
    answer = client.get("/runs/none/checkpoint")
    assert answer.status_code == 404
    assert "there is no run 'none'" in answer.json()["detail"]


def test_a_checkpoint_that_cannot_be_reached_is_said_to_be_where_it_is(
    client: TestClient, app_store: Store, claim: Claim
) -> None:
    record(app_store, claim, "/elsewhere/epoch-0002.pt")
    answer = client.get(f"/runs/{claim.run_id}/checkpoint")
    where = "the checkpoint of epoch 2 is at /elsewhere/epoch-0002.pt on the machine of worker worker. "
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(where)
    assert "has not sent it to MLflow yet" in answer.json()["detail"]
    record_in_mlflow(app_store, claim)
    answer = client.get(f"/runs/{claim.run_id}/checkpoint")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith(where)
    assert "MLflow at http://127.0.0.1:1, which has a copy, does not answer: ConnectError" in answer.json()["detail"]


def test_a_checkpoint_wants_a_key_as_everything_does(client: TestClient, app_store: Store, claim: Claim) -> None:
    reader = add_key(app_store, Role.READ)
    path = f"/runs/{claim.run_id}/checkpoint"
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"Authorization": f"Bearer {reader}"}).status_code == 404


class SlowMlflow(ThreadingHTTPServer):
    """Sends the first half of an artifact at once, and the rest when `go_on` is set. asked: all paths so far."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Artifacts)
        self.asked: list[str] = []
        self.go_on = threading.Event()
        self.cut_off = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Artifacts(BaseHTTPRequestHandler):
    server: SlowMlflow

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(WEIGHTS)))
        self.end_headers()
        self.wfile.write(WEIGHTS[: len(WEIGHTS) // 2])
        self.wfile.flush()
        self.server.go_on.wait(120)
        if not self.server.cut_off:
            self.wfile.write(WEIGHTS[len(WEIGHTS) // 2 :])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def slow_mlflow() -> Iterator[SlowMlflow]:
    with SlowMlflow() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.go_on.set()
        server.shutdown()


@pytest.mark.stack
def test_many_slow_downloads_from_mlflow_keep_nobody_waiting(app_store: Store, claim: Claim, tmp_path: Path) -> None:
    record_in_mlflow(app_store, claim)
    with slow_mlflow() as mlflow:
        log, settings = tmp_path / "api.log", LIGHT | {"EVENKEEL_MLFLOW_URL": mlflow.url}
        with api_server(f"sqlite:///{tmp_path}/lab.db", log, **settings) as url, ThreadPoolExecutor(12) as pool:
            downloads = [pool.submit(fetch, url, claim.run_id, tmp_path / f"{i}.pt") for i in range(12)]
            wait_for(lambda: len(mlflow.asked) == 12, 60, "all of them begun")
            for path in ("/experiments", "/healthz", f"/runs/{claim.run_id}"):
                assert httpx.get(f"{url}{path}", timeout=60).status_code == 200
            assert not any(download.done() for download in downloads)
            mlflow.go_on.set()
            assert [download.result().read_bytes() for download in downloads] == [WEIGHTS] * 12
        assert parse_qs(urlsplit(mlflow.asked[0]).query) == {
            "run_id": ["mlflow-run"],
            "path": ["checkpoints/epoch-0002.pt"],
        }


def fetch(url: str, run_id: str, to: Path) -> Path:
    with Client(url) as client:
        return client.checkpoint(run_id, to)


@pytest.mark.stack
def test_a_download_that_breaks_off_or_is_damaged_leaves_nothing_behind(
    app_store: Store, claim: Claim, tmp_path: Path
) -> None:
    record_in_mlflow(app_store, claim)
    (tmp_path / "here").mkdir()
    with slow_mlflow() as mlflow:
        mlflow.go_on.set()
        log, settings = tmp_path / "api.log", LIGHT | {"EVENKEEL_MLFLOW_URL": mlflow.url}
        with api_server(f"sqlite:///{tmp_path}/lab.db", log, **settings) as url:
            mlflow.cut_off = True
            with pytest.raises(Unreachable):
                fetch(url, claim.run_id, tmp_path / "here")
            mlflow.cut_off = False
            record(app_store, claim, "/elsewhere/epoch-0002.pt", "0" * 64)
            with pytest.raises(EvenkeelError, match=f"the download has the sha256 {SHA256}"):
                fetch(url, claim.run_id, tmp_path / "here")
            assert list((tmp_path / "here").iterdir()) == []
