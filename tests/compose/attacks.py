"""The attacks of docs/security.md on a deployed lab: each is refused, or does no harm."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
from project import Project, say, wait_for
from raw import connect, read_to_end, send, statuses, talk

from evenkeel.client import Client

SOON_SECONDS = 5.0
A_PRIVATE_FILE = "/etc/passwd"


def attack(project: Project, client: Client, mlflow_url: str, experiment: str) -> None:
    """Try each attack. The experiment has finished, and its cells are in MLflow."""
    key = project.run("exec", "-T", "api", "cat", "/run/api/api_key").strip()
    lab = httpx.Client(base_url=client.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
    login = os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"]
    tries: dict[str, Callable[[], None]] = {
        "MLflow keeps its files": lambda: use_mlflow(project, mlflow_url, login),
        "heavy questions leave the API free": lambda: ask_heavily(lab, experiment),
        "a hanging MLflow leaves the API free": lambda: stop_mlflow(project, lab),
        "endless headers are refused": lambda: send_headers(client.url),
        "no line of the log is forged": lambda: forge_a_line(project, lab),
        "a path from the database sends no file": lambda: edit_a_path(project, lab, experiment),
        "messages that nobody can read are dropped": lambda: send_messages(project),
        "answers stay short, and a 405 names its methods": lambda: ask_for_much(lab),
        "odd hosts are refused": lambda: name_odd_hosts(client.url),
    }
    for says, attempt in tries.items():
        attempt()
        say(f"attacked: {says}")


def use_mlflow(project: Project, url: str, login: tuple[str, str]) -> None:
    """Without its password it answers nobody. With it, no artifact lies or leads outside its folder."""
    for path in (
        "/",
        "/get-artifact?path=id_rsa",
        "/api/2.0/mlflow/experiments/search",
        "/ajax-api/2.0/mlflow/runs/get",
    ):
        assert httpx.get(url + path).status_code == 401, path
    with httpx.Client(base_url=f"{url}/api/2.0/mlflow", auth=login, timeout=60) as mlflow:
        name = f"attack-{time.time_ns()}"
        outside = mlflow.post("/experiments/create", json={"name": name, "artifact_location": "file:///tmp/att"})
        assert outside.status_code == 400, outside.text
        made = mlflow.post("/experiments/create", json={"name": name}).json()["experiment_id"]
        run = mlflow.post("/runs/create", json={"experiment_id": made}).json()["run"]["info"]
        folder = f"/artifacts/{made}/{run['run_id']}"
        project.run("exec", "-T", "mlflow", "sh", "-c", f"mkdir -p {folder} && ln -s /etc {folder}/artifacts")
        found = httpx.get(f"{url}/get-artifact", params={"path": "passwd", "run_uuid": run["run_id"]}, auth=login)
        assert found.status_code >= 400, found.text[:300]
        assert "root:" not in found.text
        mlflow.post("/experiments/delete", json={"experiment_id": made})


def ask_heavily(lab: httpx.Client, experiment: str) -> None:
    """Nine questions at once with one key: two of them are worked out, others are told when to ask again."""
    paths = [f"/effects?experiment={experiment}&start_value={k}" for k in range(9)]
    with ThreadPoolExecutor(9) as people:
        asked = [people.submit(lab.get, path) for path in paths]
        assert healthy_soon(lab)
        answers = [one.result() for one in asked]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} <= {200, 429}, answers
    assert refused
    assert all(answer.headers["Retry-After"] for answer in refused)


def stop_mlflow(project: Project, lab: httpx.Client) -> None:
    project.run("pause", "mlflow")
    try:
        with ThreadPoolExecutor(50) as people:
            asked = [people.submit(lab.get, "/readyz") for _ in range(50)]
            assert healthy_soon(lab)
            assert {one.result().status_code for one in asked} <= {200, 503}
    finally:
        project.run("unpause", "mlflow")


def send_headers(url: str) -> None:
    """Many headers and one without an end are refused while they arrive. Half a request ends after a while."""
    start = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
    assert statuses(talk(url, start + b"a:b\r\n" * 1_000_000)) == [431]
    assert statuses(talk(url, start + b"a: " + b"x" * 10_000_000)) == [431]
    with connect(url) as half:
        send(half, start)
        assert healthy_soon(httpx.Client(base_url=url))
        assert statuses(read_to_end(half)) == [408]


def forge_a_line(project: Project, lab: httpx.Client) -> None:
    lab.get("/x%0d%0aFAKE%1b[31m")
    logged = project.run("logs", "--no-color", "--no-log-prefix", "--tail", "200", "api")
    assert any("FAKE" in line for line in logged.splitlines())
    assert not any(line.startswith("FAKE") for line in logged.splitlines())
    assert "\x1b[31m" not in logged


def edit_a_path(project: Project, lab: httpx.Client, experiment: str) -> None:
    run = lab.get(f"/experiments/{experiment}/runs").json()[0]["id"]
    before = lab.get(f"/runs/{run}").json()["checkpoint"]["path"]
    edit = "UPDATE runs SET checkpoint_path = '{}', version = version + 1, mirrored_checkpoint = 0 WHERE id = '{}'"
    query(project, edit.format(A_PRIVATE_FILE, run))
    try:
        answer = lab.get(f"/runs/{run}/checkpoint")
        assert b"root:" not in answer.content, answer.status_code
        time.sleep(5)
        found = project.run("exec", "-T", "mlflow", "sh", "-c", "find /artifacts -name 'passwd*' | head")
        assert found == "", found
    finally:
        query(project, edit.format(before, run))


def send_messages(project: Project) -> None:
    """Five texts that are no messages. The worker goes on, and drops them."""
    redis = 'REDISCLI_AUTH="$(cat /run/secrets/password)" redis-cli'
    project.run("exec", "-T", "redis", "sh", "-c", f"for k in 1 2 3 4 5; do {redis} LPUSH evenkeel.any hello; done")
    length = f"{redis} LLEN evenkeel.any"
    wait_for(lambda: project.run("exec", "-T", "redis", "sh", "-c", length).strip() == "0", 60, "an empty queue")
    states = project.run("ps", "--format", "{{.Service}} {{.State}}").splitlines()
    assert "worker running" in states, states


def ask_for_much(lab: httpx.Client) -> None:
    unknown = {f"key{k}": 1 for k in range(22_000)}
    answer = lab.post("/experiments", json={"name": "much", "grid": unknown})
    assert answer.status_code in (413, 422), answer.status_code
    assert len(answer.content) < 100_000, len(answer.content)
    refused = lab.put("/experiments")
    assert (refused.status_code, set(refused.headers["Allow"].split(", "))) == (405, {"GET", "POST"}), refused.headers


def name_odd_hosts(url: str) -> None:
    for hosts in (b"Host: localhost\r\nHost: evil.example", b"Host: [::1].evil", b"Host: localhost:80@evil"):
        answer = talk(url, b"GET /experiments HTTP/1.1\r\n" + hosts + b"\r\nConnection: close\r\n\r\n")
        assert statuses(answer) == [400], answer


def query(project: Project, sql: str) -> None:
    command = ["psql", "-h", "/var/run/postgresql", "-d", "evenkeel", "-c", sql]
    project.run("exec", "-T", "postgres", *command)


def healthy_soon(lab: httpx.Client) -> Any:
    """Whether the API says within seconds that it lives, on a connection of its own."""
    address = urlsplit(str(lab.base_url))
    return httpx.get(f"http://{address.netloc}/healthz", timeout=SOON_SECONDS).status_code == 200
