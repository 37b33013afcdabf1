"""The MLflow of a real `evenkeel up`, attacked by another user of the machine, and by one who knows the password."""

import json
import os
import socket
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from services import MLFLOW_LOGIN, RunningStack

API = "/api/2.0/mlflow"
NOBODY = 65534
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----"

Call = Callable[..., httpx.Response]


@pytest.fixture
def call(stack: RunningStack) -> Iterator[Call]:
    """Asks MLflow as the owner of the lab, who knows the password."""
    with httpx.Client(base_url=stack.mlflow_url, auth=tuple(MLFLOW_LOGIN.values())) as client:
        yield client.request


@pytest.fixture
def att() -> Iterator[Path]:
    """A folder of another user of the machine, that everybody can read."""
    with tempfile.TemporaryDirectory(prefix="att-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder that only the owner of the lab can read."""
    folder = tmp_path / "victim"
    folder.mkdir(mode=0o700)
    (folder / "id_rsa").write_text(KEY)
    return folder


def untouched(victim: Path) -> bool:
    return [file.name for file in victim.iterdir()] == ["id_rsa"] and (victim / "id_rsa").read_text() == KEY


def make_run(call: Call, name: str) -> tuple[str, str]:
    """The ids of a new experiment and of a run of it."""
    experiment = call("POST", f"{API}/experiments/create", json={"name": name}).json()["experiment_id"]
    run = call("POST", f"{API}/runs/create", json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
    return experiment, run


ROUTES = (
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/version"),
    ("GET", "/static-files/none.js"),
    ("POST", f"{API}/experiments/create"),
    ("GET", "/get-artifact?run_id=1&path=id_rsa"),
    ("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=1&path=authorized_keys"),
    ("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/x"),
    ("GET", "/api/2.0/mlflow-artifacts/artifacts/1/x"),
    ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/1/x"),
    ("POST", "/graphql"),
    ("POST", "/v1/traces"),
    ("POST", "/ajax-api/3.0/jobs/"),
    ("GET", "/ajax-api/3.0/mlflow/assistant/config"),
    ("POST", "/ajax-api/3.0/mlflow/assistant/message"),
    ("POST", "/gateway/x/mlflow/invocations"),
    ("GET", "/ajax-api/3.0/mlflow/server-info"),
    ("POST", "/evenkeel/calls"),
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_gets_nothing_from_mlflow(stack: RunningStack, att: Path, victim: Path) -> None:
    def curl(method: str, path: str, body: Any) -> tuple[str, str]:
        command = ["curl", "-s", "-X", method, "-H", "Content-Type: application/json", "-d", json.dumps(body)]
        done = subprocess.run(
            [*command, "-w", "\n%{http_code}", stack.mlflow_url + path],
            user=NOBODY, group=NOBODY, extra_groups=[], env={}, cwd="/", capture_output=True, text=True, check=True,
        )  # fmt: skip
        said, _, status = done.stdout.rpartition("\n")
        return status, said

    grid = {"name": f"att-{att.name}", "artifact_location": f"file://{att}"}
    for method, path in ROUTES:
        status, said = curl(method, path, grid)
        assert (status, json.loads(said)["error_code"]) == ("401", "UNAUTHENTICATED"), (path, said)
    assert list(att.iterdir()) == []
    password = stack.data / "mlflow-password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert password.read_text() not in Path(f"/proc/{min(stack.pids('mlflow_server'))}/cmdline").read_text()


@pytest.mark.parametrize(
    "location",
    ["file://{att}", "{att}", "FILE://{att}", "relative", "s3://bucket/x", "http://127.0.0.1:9/", "ftp://127.0.0.1/",
     "mlflow-artifacts:/../../x", "mlflow-artifacts:/%2e%2e/x", "mlflow-artifacts://127.0.0.1:9/x"],
)  # fmt: skip
def test_the_location_of_an_experiment_lies_beneath_the_destination(call: Call, att: Path, location: str) -> None:
    body = {"name": f"loc-{att.name}", "artifact_location": location.format(att=att)}
    answer = call("POST", f"{API}/experiments/create", json=body)
    assert answer.status_code == 400
    assert "artifact_location" in answer.json()["message"]
    fine = {"name": f"fine-{att.name}", "artifact_location": f"mlflow-artifacts:/{att.name}"}
    assert call("POST", f"{API}/experiments/create", json=fine).status_code == 200


def test_the_source_of_a_model_is_a_run_or_a_model(call: Call, att: Path) -> None:
    name = f"model-{att.name}"
    _, run = make_run(call, name)
    call("POST", f"{API}/registered-models/create", json={"name": name})
    for source in (f"file://{att}", str(att), "s3://bucket/x", "dbfs:/x", "http://127.0.0.1:9/x"):
        body = {"name": name, "source": source, "run_id": run}
        answer = call("POST", f"{API}/model-versions/create", json=body)
        assert (answer.status_code, "source" in answer.json()["message"]) == (400, True), source
    body = {"name": name, "source": f"runs:/{run}/model", "run_id": run}
    assert call("POST", f"{API}/model-versions/create", json=body).status_code == 200


def test_a_location_from_before_is_not_opened_although_the_database_names_it(
    stack: RunningStack, call: Call, att: Path, victim: Path
) -> None:
    _, run = make_run(call, f"old-{att.name}")
    (att / "artifacts").symlink_to(victim)
    with closing(sqlite3.connect(stack.data / "mlflow.db")) as db, db:
        db.execute("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", [f"file://{att}/artifacts", run])
    for answer in (
        call("GET", "/get-artifact", params={"run_id": run, "path": "id_rsa"}),
        call("GET", f"{API}/artifacts/list", params={"run_id": run}),
        call("POST", "/ajax-api/2.0/mlflow/upload-artifact", params={"run_uuid": run, "path": "a"}, content=b"mine"),
    ):
        assert answer.status_code == 400, answer.text
        assert "outside of its destination" in answer.json()["message"]
    assert untouched(victim)


def test_a_link_beneath_the_destination_is_not_followed(stack: RunningStack, call: Call, victim: Path) -> None:
    experiment, run = make_run(call, f"link-{victim.parent.name}")
    folder = stack.data / "artifacts" / experiment / run / "artifacts"
    folder.mkdir(parents=True)
    (folder / "own.txt").write_text("own")
    (folder / "link").symlink_to(victim)
    served = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts"
    assert call("GET", f"{served}/own.txt").text == "own"
    assert call("GET", "/get-artifact", params={"run_id": run, "path": "own.txt"}).text == "own"
    upload = "/ajax-api/2.0/mlflow/upload-artifact"
    for answer in (
        call("GET", "/get-artifact", params={"run_id": run, "path": "link/id_rsa"}),
        call("GET", f"{API}/artifacts/list", params={"run_id": run, "path": "link"}),
        call("POST", upload, params={"run_uuid": run, "path": "link/authorized_keys"}, content=b"mine"),
        call("GET", f"{served}/link/id_rsa"),
        call("PUT", f"{served}/link/authorized_keys", content=b"mine"),
        call("DELETE", f"{served}/link/id_rsa"),
        call("DELETE", f"{served}/link"),
    ):
        assert answer.status_code == 400, answer.text
        assert "through a link" in answer.json()["message"]
    listed = call("GET", f"{API}/artifacts/list", params={"run_id": run}).json()["files"]
    assert [file["path"] for file in listed] == ["own.txt"]
    assert untouched(victim)


def test_a_trace_names_no_folder_of_its_own(call: Call, victim: Path) -> None:
    (victim / "traces.json").write_text('{"spans": []}')
    experiment, _ = make_run(call, f"trace-{victim.parent.name}")
    trace = {
        "trace_id": f"tr-{victim.parent.name}",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
        "request_time": "2026-01-01T00:00:00Z",
        "state": "OK",
    }
    started = call("POST", "/api/3.0/mlflow/traces", json={"trace": {"trace_info": trace}})
    assert started.status_code == 200, started.text
    tag = {"key": "mlflow.artifactLocation", "value": f"file://{victim}"}
    assert call("PATCH", f"/api/3.0/mlflow/traces/{trace['trace_id']}/tags", json=tag).status_code == 200
    answer = call("GET", "/ajax-api/2.0/mlflow/get-trace-artifact", params={"request_id": trace["trace_id"]})
    assert answer.status_code == 400
    assert "outside of its destination" in answer.json()["message"]


def test_endless_headers_are_cut_off_before_anybody_has_logged_in(stack: RunningStack) -> None:
    host, _, port = stack.mlflow_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        with suppress(ConnectionError):
            for _ in range(400):
                caller.sendall(b"a: b\r\n" * 1000)
        with suppress(ConnectionError):
            assert caller.recv(100).startswith(b"HTTP/1.1 400")


def test_mlflows_assistant_which_runs_commands_is_off(call: Call) -> None:
    for method, path in (("GET", "config"), ("PUT", "config"), ("POST", "message"), ("POST", "skills/install")):
        assert call(method, f"/ajax-api/3.0/mlflow/assistant/{path}", json={}).status_code == 404


def test_a_page_of_another_site_cannot_use_the_password_that_the_browser_remembers(call: Call) -> None:
    search = f"{API}/experiments/search"
    for site in ({"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://localhost:1"}):
        answer = call("POST", search, json={"max_results": 1}, headers=site)
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert call("POST", search, json={"max_results": 1}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
