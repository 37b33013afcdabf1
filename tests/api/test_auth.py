"""Who may call the API."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from servers import LIGHT, NO_BROKER, add_key
from typer.testing import CliRunner

from api.app import create_app
from api.loopback import is_loopback
from evenkeel.cli import app as cli
from evenkeel.records.keys import Role, make_key
from evenkeel.settings import Settings, get_settings
from evenkeel.store import Store

GRID = {"name": "exp", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": 1}
READS = ["/experiments", "/summary", "/workers", "/metrics", "/runs/none", "/effects"]
RUNNER = CliRunner()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_without_keys_this_machine_is_served_and_nobody_else(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/experiments").status_code == 200
    settings = Settings(answer_processes=0, database_url=f"sqlite:///{tmp_path}/lab.db", broker_url=NO_BROKER)
    with TestClient(create_app(settings), base_url="http://localhost", client=("10.1.2.3", 1)) as elsewhere:
        answer = elsewhere.get("/experiments")
        assert answer.status_code == 403
        assert "evenkeel keys add" in answer.json()["detail"]


@pytest.fixture(scope="module")
def locked_lab(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TestClient]:
    """A lab that has a key, for requests without it."""
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path_factory.mktemp('locked'))}"
    with closing(Store(url)) as store:
        add_key(store)
    settings = Settings(answer_processes=0, database_url=url, broker_url=NO_BROKER)
    with TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        yield client


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("key", ["", "ek_", "ek__", "ek_x_y", "ek_\u00e9_y", "Bearer", "x" * 5000])
def test_once_there_is_a_key_nothing_is_told_without_it(locked_lab: TestClient, path: str, key: str) -> None:
    answer = locked_lab.get(path, headers={"Authorization": f"Bearer {key}".encode()})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_empty_key_is_no_key_so_that_one_curl_line_serves_labs_with_and_without(client: TestClient) -> None:
    assert client.get("/experiments", headers={"Authorization": "Bearer "}).status_code == 200


def test_a_key_with_another_secret_is_refused(client: TestClient, app_store: Store) -> None:
    key = add_key(app_store)
    assert client.get("/experiments", headers=bearer(key)).status_code == 200
    assert client.get("/experiments", headers=bearer(key[:-1] + ("a" if key[-1] != "a" else "b"))).status_code == 401


def test_a_reader_looks_and_changes_nothing(client: TestClient, app_store: Store) -> None:
    reader, writer = add_key(app_store, Role.READ), add_key(app_store)
    assert client.post("/experiments", json=GRID, headers=bearer(reader)).status_code == 403
    assert client.get("/experiments", headers=bearer(reader)).json() == []
    assert client.post("/experiments", json=GRID, headers=bearer(writer)).status_code == 201
    for method, path in (("POST", "cancel"), ("POST", "retry"), ("PATCH", "")):
        url = f"/experiments/exp/{path}".rstrip("/")
        assert client.request(method, url, json={}, headers=bearer(reader)).status_code == 403
    assert len(client.get("/experiments/exp/runs", headers=bearer(reader)).json()) == 1


def test_a_revoked_key_is_out_and_the_lab_does_not_open_again(
    client: TestClient, app_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.keyring.REFRESH_SECONDS", 0.0)
    key = add_key(app_store)
    assert client.get("/experiments", headers=bearer(key)).status_code == 200
    assert app_store.keys.revoke(key.split("_")[1])
    assert client.get("/experiments", headers=bearer(key)).status_code == 401
    assert client.get("/experiments").status_code == 401


def test_the_store_keeps_no_key(app_store: Store) -> None:
    key_id, kept, key = make_key()
    app_store.keys.add(key_id, "name", Role.READ, kept)
    secret = key.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in repr(app_store.keys.all())


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *((host, True) for host in ("127.0.0.1", "127.8.9.10", "::1", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "10.0.0.1", "lab.example")),
    ],
)
def test_only_this_machine_is_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) == here


@pytest.mark.stack
def test_without_keys_the_server_refuses_to_start_beyond_loopback(app_store: Store, tmp_path: Path) -> None:
    environment = os.environ | {"EVENKEEL_DATABASE_URL": f"sqlite:///{tmp_path}/lab.db", "EVENKEEL_HOST": "0.0.0.0"}
    environment |= LIGHT
    done = subprocess.run([sys.executable, "-m", "api"], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "evenkeel keys add" in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_are_made_listed_and_revoked_from_the_command_line(
    app_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENKEEL_DATABASE_URL", f"sqlite:///{tmp_path}/lab.db")
    get_settings.cache_clear()
    key = RUNNER.invoke(cli, ["keys", "add", "laptop", "--role", "read"]).output.strip()
    listed = RUNNER.invoke(cli, ["keys", "list"]).output
    assert "laptop" in listed
    assert key.split("_", 2)[2] not in listed
    assert RUNNER.invoke(cli, ["keys", "revoke", key.split("_")[1]]).exit_code == 0
    again = RUNNER.invoke(cli, ["keys", "revoke", key.split("_")[1]])
    assert again.exit_code == 1
    assert "evenkeel keys list" in again.output
    assert RUNNER.invoke(cli, ["keys", "add", "=cmd|x"]).exit_code == 1
    get_settings.cache_clear()
