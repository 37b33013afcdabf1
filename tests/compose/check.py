"""Checks on a real Docker engine what `docker compose up` promises. scripts/compose-check runs this."""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attacks import attack
from hosts import check_two_hosts, log_in_to_mlflow
from mlflow.tracking import MlflowClient
from project import ROOT, Project, say, screenshot, wait_for

from evenkeel.client import ApiError, Client

# A new name each time, so that the check also works on volumes that an earlier one left.
NAME = f"demo-{int(time.time())}"
DEMO: dict[str, Any] = json.loads((ROOT / "models" / "paper" / "presets" / "demo.json").read_text()) | {"name": NAME}
API_PORT, MLFLOW_PORT = "8010", "5010"
OUTPUT = ROOT / "compose-check"


def check_config(project: Project) -> None:
    """The configuration publishes two ports, only on loopback, and has no root user and no secret."""
    services = project.config()["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert sorted(port["published"] for port in ports) == [MLFLOW_PORT, API_PORT], ports
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}, ports
    for name, service in services.items():
        assert service.get("user", "root").split(":")[0] not in ("root", "0"), f"{name} runs as root"
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"], name
        words = {key for key, value in service.get("environment", {}).items() if value and "PASSWORD" in key}
        assert words <= {"POSTGRES_PASSWORD_FILE"}, f"{name} has {words}"
    say(f"config: ports {API_PORT} and {MLFLOW_PORT} on 127.0.0.1 alone, no root, no secret")


def check_images(project: Project) -> None:
    code = "import importlib.util as u; print([m for m in ('torch', 'mlflow', 'trainer') if u.find_spec(m)])"
    assert project.run("exec", "-T", "api", "python", "-c", code).strip() == "[]"
    for service in ("api", "worker", "mlflow"):
        assert project.run("exec", "-T", service, "id", "-u").strip() == "10001"
        found = project.run("exec", "-T", service, "sh", "-c", "find /app /opt/evenkeel -perm /022 ! -type l | head -3")
        assert found == "", f"{service} could write to its own code: {found}"
    say("images: no torch in the API's, nobody is root, no code can be written by who runs it")


def check_keys(project: Project, client: Client) -> None:
    """A call without a key is refused, a key that may only read cannot post, and a revoked key no longer works."""
    key = project.run("exec", "-T", "api", "evenkeel", "keys", "add", "reader", "--role", "read").strip()
    reader = Client(client.url, key)
    assert reader.experiments() == client.experiments()
    for refused, status in ((Client(client.url, "ek_none_none"), 401), (reader, 403)):
        assert status_of(lambda refused=refused: refused.submit(DEMO)) == status  # type: ignore[misc]
    project.run("exec", "-T", "api", "evenkeel", "keys", "revoke", key.split("_")[1])
    wait_for(lambda: status_of(reader.experiments) == 401, 20, "a revoked key refused")
    say("keys: refused without one, a reader reads and posts nothing, a revoked one is out")


def status_of(call: Callable[[], Any]) -> int:
    try:
        call()
    except ApiError as error:
        return error.status
    return 200


def train_through_it_all(project: Project, client: Client) -> None:
    """Post the demo grid, and kill every container in turn while it trains."""
    posted = client.submit(DEMO, idempotency_key=NAME)
    again = client.submit(DEMO, idempotency_key=NAME)
    # A worker may have begun a run in between.
    assert again | {"num_runs": None} == posted | {"num_runs": None}
    for service in ("worker", "redis", "postgres", "mlflow", "api"):
        before = client.experiment(NAME)["epochs_done"]
        wait_for(lambda: client.experiment(NAME)["epochs_done"] > before + 2, 180, "training")  # noqa: B023
        project.run("kill", service)
        project.run("up", "-d", "--no-build", service)
        say(f"{service} killed and started again at {before} of {client_epochs(client)} epochs")
    project.run("restart", "redis", "postgres")
    detail = wait_for(lambda: is_over(client), 900, "the demo done")
    assert detail["num_runs"]["status"]["finished"] == 24, detail
    say(f"demo: {detail['num_runs']['status']}")


def client_epochs(client: Client) -> int:
    return int(wait_for(lambda: client.experiment(NAME), 120, "an answer")["epochs_total"])


def is_over(client: Client) -> dict[str, Any] | None:
    detail = client.experiment(NAME)
    status = detail["num_runs"]["status"]
    return detail if not status["queued"] and not status["running"] else None


def check_nothing_is_lost(client: Client) -> None:
    """The lab has each of 8 cells x 3 seeds once and whole. MLflow has the same, with each epoch of each run once."""
    runs = [client.run(run["id"]) for run in client.runs(NAME)]
    assert len({(run["cell"], run["seed"]) for run in runs}) == len(runs) == 24
    for run in runs:
        diverged = run["outcome"] == "diverged"
        assert diverged or [row["epoch"] for row in run["history"]] == list(range(1, run["epochs"] + 1)), run
    cells = client.summary(experiment=NAME, arch="yolo")["cells"]
    assert [cell["seeds"] for cell in cells] == [[0, 1, 2]] * 4
    lacks = [""]

    def is_whole() -> bool:
        lacks[0] = lacking_in_mlflow(runs)
        return not lacks[0]

    try:
        wait_for(is_whole, 300, "the same in MLflow")
    except AssertionError as error:
        raise AssertionError(f"{error}: it lacks {lacks[0]}") from error
    attempts = sorted(run["attempt"] for run in runs)
    say(f"nothing lost: 24 runs, attempts {attempts.count(1)} x 1, {len(attempts) - attempts.count(1)} more than one")


def lacking_in_mlflow(runs: list[dict[str, Any]]) -> str:
    """What MLflow lacks of the runs; nothing if it has each of them whole."""
    mlflow = MlflowClient(f"http://127.0.0.1:{MLFLOW_PORT}")
    experiment = mlflow.get_experiment_by_name(NAME)
    if experiment is None:
        return "the experiment"
    found = mlflow.search_runs([experiment.experiment_id])
    statuses = Counter(run.info.status for run in found)
    if statuses != {"FINISHED": 32}:
        return f"32 finished runs; it has {dict(statuses)}"
    tracked = {run.data.tags["evenkeel.run_id"]: run for run in found if "evenkeel.run_id" in run.data.tags}
    for run in runs:
        history = mlflow.get_metric_history(tracked[run["id"]].info.run_id, "train_loss")
        seen, wanted = (
            sorted((p.step, p.value) for p in history),
            [(r["epoch"], r["train_loss"]) for r in run["history"]],
        )
        if seen != wanted:
            return f"the epochs of run {run['id']}: {seen} instead of {wanted}"
        if not mlflow.list_artifacts(tracked[run["id"]].info.run_id, "checkpoints"):
            return f"the checkpoints of run {run['id']}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="compose-check", description=__doc__)
    parser.add_argument("--keep-volumes", action="store_true", help="leave the volumes for a next run")
    parser.add_argument("--hosts", action="store_true", help="two hosts that share an experiment, one of them cut off")
    options = parser.parse_args()
    OUTPUT.mkdir(exist_ok=True)
    if options.hosts:
        return check_two_hosts()
    project = Project("evenkeel-check", EVENKEEL_PORT=API_PORT, EVENKEEL_MLFLOW_PORT=MLFLOW_PORT)
    project.run("down", "--timeout", "10")
    check_config(project)
    try:
        project.run("up", "-d", "--wait", "--build")
        say("up and healthy")
        client = project.client()
        log_in_to_mlflow(project, MLFLOW_PORT)
        check_images(project)
        check_keys(project, client)
        train_through_it_all(project, client)
        check_nothing_is_lost(client)
        attack(project, client, f"http://127.0.0.1:{MLFLOW_PORT}", NAME)
        before = client.summary(experiment=NAME)
        look_at_mlflow(client)
        project.run("down", "--timeout", "30")
        project.run("up", "-d", "--wait", "--no-build")
        assert project.client().summary(experiment=NAME) == before
        say("the same summary from a cold start on the same volumes")
    except BaseException:
        (OUTPUT / "logs.txt").write_text(project.logs())
        say(f"failed; the services' logs are in {OUTPUT / 'logs.txt'}")
        raise
    finally:
        project.run("down", "--timeout", "10", *([] if options.keep_volumes else ["--volumes"]))
    say("all holds")


def look_at_mlflow(client: Client) -> None:
    picture: Path = OUTPUT / "mlflow.png"
    login = os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"]
    screenshot(client.experiment(NAME)["mlflow_url"], picture, "yolo-none-he", login)
    say(f"MLflow's page shows the cells: {picture}")


if __name__ == "__main__":
    main()
