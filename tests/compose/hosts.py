"""Two compose projects act as two hosts. One has the lab. The other has only a worker and loses its network midway."""

import io
import ipaddress
import json
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import httpx
from mlflow.tracking import MlflowClient
from project import Project, say, wait_for

from evenkeel.client import Client

API_PORT, MLFLOW_PORT = "8011", "5011"
GRID: dict[str, Any] = {
    "name": "two-hosts",
    "grid": {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he"]},
    "seeds": 5,
    "train": {"dataset": "digits", "image_size": 32, "width": 0.25, "epochs": 10},
}


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout.strip()


def check_two_hosts() -> None:
    # The bridge of the Docker engine is the private network between the two hosts.
    subnet = json.loads(docker("network", "inspect", "bridge"))[0]["IPAM"]["Config"][0]["Subnet"]
    address = str(ipaddress.ip_network(subnet)[1])
    ports = {"EVENKEEL_PORT": API_PORT, "EVENKEEL_MLFLOW_PORT": MLFLOW_PORT, "EVENKEEL_SLOTS": "1"}
    head = Project("evenkeel-head", "compose.yaml", "compose.cluster.yaml", EVENKEEL_LAN_ADDRESS=address, **ports)
    with tempfile.TemporaryDirectory() as secrets:
        far = Project(
            "evenkeel-far", "compose.worker.yaml", EVENKEEL_HEAD=address, EVENKEEL_SECRETS=secrets, EVENKEEL_SLOTS="1"
        )
        try:
            head.run("up", "-d", "--wait", "--build")
            hand_over_secrets(head, Path(secrets))
            far.run("up", "-d", "--wait", "--build")
            say("two hosts up and healthy")
            share_and_cut_off(head.client(), far)
            check_mlflow(head.client(), head)
        except BaseException:
            print(head.logs(), far.logs())
            raise
        finally:
            far.run("down", "--timeout", "5", "--volumes")
            head.run("down", "--timeout", "5", "--volumes")
    say("all holds")


def hand_over_secrets(head: Project, folder: Path) -> None:
    """Copy the secrets to the second host, as docs/scaling.md says."""
    packed = subprocess.run(
        ["docker", "compose", "-p", head.name, "exec", "-T", "worker", "tar", "-C", "/run/secrets", "-c", "."],
        capture_output=True,
        check=True,
        env=head.environment,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="tar", numeric_owner=True)
    folder.chmod(0o755)


def share_and_cut_off(client: Client, far: Project) -> None:
    client.submit(GRID)
    both = wait_for(lambda: len(done := workers_of(client, "finished")) == 2 and done, 300, "both hosts to finish runs")
    say(f"shared: {both}")
    container, network = far.run("ps", "-q", "worker").strip(), f"{far.name}_default"
    far_name = docker("inspect", "--format", "{{.Config.Hostname}}", container)
    wait_for(lambda: any(name.startswith(far_name) for name in workers_of(client, "running")), 60, "a run over there")
    docker("network", "disconnect", network, container)
    say("the far host is cut off while it trains")
    cut_off = [run["id"] for run in client.runs("two-hosts") if is_by(run, far_name) and run["status"] == "running"]
    wait_for(
        lambda: not [r for r in client.runs("two-hosts") if is_by(r, far_name) and r["status"] == "running"], 90, ""
    )
    say(f"its lease ran out: {len(cut_off)} run taken back")
    docker("network", "connect", network, container)
    detail = wait_for(lambda: is_over(client), 900, "all done")
    assert detail["num_runs"]["status"]["finished"] == 20, detail
    runs = [client.run(run["id"]) for run in client.runs("two-hosts")]
    for run in runs:
        assert [row["epoch"] for row in run["history"]] == list(range(1, 11)) or run["outcome"] == "diverged", run
    assert all(run["attempt"] == 2 for run in runs if run["id"] in cut_off)
    assert {run["crashes"] for run in runs} <= {0, 1}
    say(f"all 20 runs finished once, by {workers_of(client, 'finished')}")
    wait_for(
        lambda: all(worker["problem"] is None for worker in client.workers()) and len(client.workers()) == 2, 60, ""
    )
    say("the far host is back")


def check_mlflow(client: Client, head: Project) -> None:
    """MLflow has the checkpoint of each run, whichever host wrote it."""
    log_in_to_mlflow(head, MLFLOW_PORT)
    mlflow = MlflowClient(f"http://127.0.0.1:{MLFLOW_PORT}")
    runs = client.runs("two-hosts")

    def whole() -> bool:
        ids = [client.run(run["id"])["mlflow_run_id"] for run in runs]
        return all(ids) and all(mlflow.list_artifacts(run_id, "checkpoints") for run_id in ids)

    wait_for(whole, 180, "every checkpoint in MLflow")
    say("MLflow has the checkpoints of both hosts")


def log_in_to_mlflow(project: Project, port: str) -> None:
    """MLflow answers nothing without the password, and MLflow's client has it from here on."""
    url = f"http://127.0.0.1:{port}"
    for path in ("/", "/health", "/api/2.0/mlflow/experiments/search?max_results=1", "/ajax-api/3.0/jobs/1"):
        assert httpx.get(url + path).status_code == 401, path
    for name in ("username", "password"):
        word = project.run("exec", "-T", "worker", "cat", f"/run/secrets/evenkeel_mlflow_{name}")
        os.environ[f"MLFLOW_TRACKING_{name.upper()}"] = word
    say("MLflow refuses who has no password")


def is_by(run: dict[str, Any], host: str) -> bool:
    return bool(run["worker"] and run["worker"].startswith(host))


def workers_of(client: Client, status: str) -> dict[str, int]:
    names = [run["worker"] for run in client.runs("two-hosts") if run["status"] == status]
    return {name: names.count(name) for name in sorted(set(names))}


def is_over(client: Client) -> dict[str, Any] | None:
    detail = client.experiment("two-hosts")
    status = detail["num_runs"]["status"]
    return None if status["queued"] or status["running"] else detail
