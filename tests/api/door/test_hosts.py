"""Whose requests the API answers, by the name that they call it and by the page that they come from."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.app import create_app
from evenkeel.settings import Settings
from evenkeel.store import Store

GRID: dict[str, Any] = {"name": "exp", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": 3}

FOREIGN = ["evil.example", "localhost.evil.example", "", "localhost@evil.example", "127.0.0.2"]
ODD = [
    *(
        "[::1].evil",
        "[::1]evil:8000",
        "[::1",
        "::1",
        "localhost:80@evil",
        "localhost:",
        "localhost:0",
        "localhost:65536",
    ),
    *("localhost:80:80", "localhost:80 ", "localhost, localhost", "localhost/", "localhost.", "http://localhost", "a"),
    *("localhost:65536", "localhost:8o", "localhost:+80", "localhost%00", "127.1", "2130706433", "localhost:\xb2"),
]


@pytest.mark.parametrize("host", [*FOREIGN, *ODD])
def test_a_foreign_name_pointed_at_the_api_gets_nothing(client: TestClient, host: str) -> None:
    answer = client.get("/experiments", headers={"Host": host.encode("latin-1")})
    assert answer.status_code == 400
    assert "localhost, 127.0.0.1, [::1]" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "[::1]"])
def test_its_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/experiments", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("second", [("Host", "localhost"), ("Host", "evil.example")])
def test_two_hosts_are_refused_whichever_comes_first(client: TestClient, second: tuple[str, str]) -> None:
    for headers in ([("Host", "localhost"), second], [second, ("Host", "localhost")]):
        answer = client.get("/experiments", headers=headers)
        assert (answer.status_code, "this one has 2" in answer.json()["detail"]) == (400, True)


def of_hosts(tmp_path: Path, migrated_file: Path, hosts: str) -> TestClient:
    shutil.copy(migrated_file, tmp_path / "lab.db")
    settings = Settings(answer_processes=0, database_url=f"sqlite:///{tmp_path}/lab.db", allowed_hosts=hosts)
    return TestClient(create_app(settings), client=("127.0.0.1", 1), base_url="http://lab.example.org")


def test_further_names_are_answered_and_this_machine_always_is(tmp_path: Path, migrated_file: Path) -> None:
    with of_hosts(tmp_path, migrated_file, "Lab.example.org, api, https://tls.example.org") as client:
        known = ("lab.example.org", "api:8000", "localhost", "tls.example.org")
        for host, status in (*((host, 200) for host in known), ("example.org", 400)):
            assert client.get("/healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost:9999", "https://localhost", "https://localhost:80"],
)
def test_a_page_of_another_origin_changes_nothing(client: TestClient, app_store: Store, origin: str) -> None:
    assert client.post("/experiments", json=GRID, headers={"Origin": origin}).status_code == 403
    assert app_store.experiments.all() == []
    assert client.get("/experiments", headers={"Origin": origin}).status_code == 200
    assert client.post("/experiments", json=GRID, headers={"Origin": "http://localhost:80"}).status_code == 201


@pytest.mark.parametrize(
    "origin",
    ["", "localhost", "ftp://localhost", "http://localhost/", "http://localhost@evil.example", "http://localhost:x"],
)
def test_an_origin_that_no_browser_sends_is_refused(client: TestClient, origin: str) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, "/experiments", headers={"Origin": origin})
        assert (answer.status_code, "Origin" in answer.json()["detail"]) == (400, True)
    both = [("Origin", "http://localhost"), ("Origin", "http://localhost")]
    assert client.post("/experiments", json=GRID, headers=both).status_code == 400


def posts_from(client: TestClient, origin: str, **headers: str) -> int:
    answer = client.post("/experiments?dry_run=true", json=GRID, headers={"Origin": origin, **headers})
    has_own_name = origin.partition("://")[2].partition(":")[0] == headers.get("Host", "lab.example.org")
    assert ("EVENKEEL_ALLOWED_HOSTS" in answer.text) == (answer.status_code == 403 and has_own_name)
    return answer.status_code


def test_behind_a_proxy_with_tls_the_setting_names_the_scheme_that_the_browser_sees(
    tmp_path: Path, migrated_file: Path
) -> None:
    with of_hosts(tmp_path, migrated_file, "https://lab.example.org,https://other.example.org:8443") as client:
        assert posts_from(client, "https://lab.example.org") == 200
        assert posts_from(client, "https://lab.example.org:8443") == 403
        assert posts_from(client, "https://other.example.org:8443", Host="other.example.org") == 200
        # One name of the lab is no other: their pages may be written by different people.
        assert (
            client.post("/experiments", json=GRID, headers={"Origin": "https://other.example.org:8443"}).status_code
            == 403
        )
    with of_hosts(tmp_path, migrated_file, "lab.example.org") as client:
        assert posts_from(client, "http://lab.example.org") == 200
        assert posts_from(client, "https://lab.example.org") == 403


@pytest.mark.parametrize("hosts", ["lab.example.org/", "lab.example.org:8000", "a b", "ftp://lab", "*", "https://"])
def test_a_name_that_no_host_can_have_is_refused_at_the_start(hosts: str) -> None:
    with pytest.raises(ValidationError, match=r"is no host; write lab\.example\.org"):
        Settings(allowed_hosts=f"api,{hosts}")
