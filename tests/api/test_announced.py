"""A lab to which workers announce tasks and levels while its API runs. Nothing of their package is installed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from announcing import NEWER_NETS, RMS, known
from fastapi.testclient import TestClient
from records import finish_run, make_cell
from servers import NO_BROKER
from walks import GRID, WALK, finish_walk, worker_has

from api.app import create_app
from evenkeel.lab.announced import refresh
from evenkeel.plugins import Metric
from evenkeel.schema import plugins
from evenkeel.settings import Settings
from evenkeel.store import Store

pytestmark = pytest.mark.slow

MIXED: dict[str, Any] = {"name": "mixed", "grid": {"arch": ["yolo"], "norm": ["none", "rms"], "init": ["he"]}}


@pytest.fixture(autouse=True)
def _what_is_announced_is_forgotten() -> Iterator[None]:
    with known():
        yield


def parameters(client: TestClient, path: str) -> dict[str, Any]:
    operation = client.get("/openapi.json").json()["paths"][path]["get"]
    return {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}


def refused(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    return error["field"], error["problem"]


def walk(client: TestClient, store: Store, seeds: int = 3) -> None:
    """Announce the task, and write finished runs of two of its cells."""
    worker_has(store, WALK)
    refresh(store, now=True)
    for seed in range(seeds):
        for gait in ("walk", "run"):
            finish_walk(store, seed, [0.1, 0.3 + seed / 100 + 0.5 * (gait == "run")], gait=gait)


def test_a_task_is_posted_at_once_after_a_worker_announced_it(client: TestClient, app_store: Store) -> None:
    assert refused(client.post("/experiments", json=GRID)) == ("task", "Input should be 'classification', not 'walk'")
    worker_has(app_store, WALK)
    posted = client.post("/experiments", json=GRID)
    assert (posted.status_code, posted.json()["created"]) == (201, 8)
    wrong = GRID | {"grid": {"steps": [1, 10], "gait": ["walk"]}}
    field, problem = refused(client.post("/experiments", json=wrong))
    assert (field, problem) == ("grid.steps.1", "Input should be less than or equal to 9, not 10")
    field, problem = refused(client.post("/experiments", json=GRID | {"grid": {"arch": ["yolo"]}}))
    assert (field, problem) == ("grid.arch", "is not known here; allowed: steps, drift, gait, epochs")


def test_a_level_is_posted_at_once_after_a_worker_announced_it(client: TestClient, app_store: Store) -> None:
    field, problem = refused(client.post("/experiments", json=MIXED))
    assert (field, problem) == (
        "grid.norm.1",
        "Input should be 'batch', 'none', 'group' or 'layer', not 'rms'",
    )
    worker_has(app_store, RMS)
    assert client.post("/experiments", json=MIXED).status_code == 201
    summary = client.get("/summary?experiment=mixed&norm=rms").json()
    assert (summary["filters"], [cell["levels"]["norm"] for cell in summary["cells"]]) == ({"norm": ["rms"]}, ["rms"])
    assert parameters(client, "/summary")["norm"]["items"]["enum"] == ["batch", "none", "group", "layer", "rms"]
    says = "Input should be 'batch', 'none', 'group', 'layer' or 'rms', not 'weight'"
    assert refused(client.get("/summary?norm=weight")) == ("norm.0", says)


def test_the_tasks_tell_who_brings_what_and_who_can_train_it(client: TestClient, app_store: Store) -> None:
    worker_has(app_store, WALK, RMS)
    worker_has(app_store, name="plain")
    classification, walks = client.get("/tasks").json()
    assert (classification["package"], classification["package_version"]) == (None, None)
    assert sorted(classification["workers"]) == ["box", "plain"]
    assert classification["levels"] == [
        {
            "factor": "norm",
            "level": "rms",
            "package": "lab-nets",
            "package_version": "0.1.0",
            "description": "RMS norm.",
            "workers": ["box"],
        }
    ]
    assert (walks["package"], walks["package_version"], walks["workers"]) == ("lab-nets", "0.1.0", ["box"])
    assert (walks["description"], walks["levels"]) == ("Walks at random.", [])
    assert walks["parameters"]["properties"]["steps"] == WALK.parameters["properties"]["steps"]
    assert [(metric["name"], metric["worst"]) for metric in walks["metrics"]] == [("reached", 0), ("falls", None)]


def test_the_documentation_describes_what_is_known_now(client: TestClient, app_store: Store) -> None:
    before = parameters(client, "/effects/sensitivity.{form}")
    assert (before["task"]["const"], before["task"]["default"]) == ("classification", "classification")
    assert before["x"]["default"] == "lr"
    assert "steps" not in before
    worker_has(app_store, WALK)
    after = parameters(client, "/effects/sensitivity.{form}")
    assert after["task"]["enum"] == ["classification", "walk"]
    assert after["metric"]["enum"][-2:] == ["reached", "falls"]
    assert after["steps"]["items"] == {"type": "integer", "minimum": 1, "maximum": 9}
    assert after["steps"]["description"] == "Only these levels. How far."
    # What a query that names no task is about depends on the experiment.
    assert not {"default"} & {*after["task"], *after["metric"], *after["x"]}
    described = client.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    body = described["paths"]["/experiments"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    grids = [schemas[each["$ref"].rpartition("/")[2]] for each in body["oneOf"]]
    assert [grid["properties"]["task"]["const"] for grid in grids] == ["classification", "walk"]
    assert [grid["required"] for grid in grids] == [["name", "grid"], ["task", "name", "grid"]]
    assert {"reached", "falls", "val_loss"} < schemas["EpochRow"]["properties"].keys()


def test_a_question_about_an_experiment_is_about_the_task_of_its_cells(client: TestClient, app_store: Store) -> None:
    walk(client, app_store)
    query: dict[str, Any] = {"experiment": "walks"}
    summary = client.get("/summary", params=query).json()
    assert (summary["metric"], [cell["levels"]["gait"] for cell in summary["cells"]]) == ("reached", ["walk", "run"])
    effects = client.get("/effects", params=query).json()
    assert (effects["metric"], list(effects["factors"])) == ("reached", ["gait"])
    [compared] = client.get("/compare", params=query | {"a": "run"}).json()["comparisons"]
    assert compared["b"].startswith("walk-0.5-3")
    needed = client.get("/seeds-needed", params=query | {"cell": "run", "half_width": 0.1}).json()
    assert (needed["metric"], needed["n_now"]) == ("reached", 3)
    for path in ("/summary/figure", "/summary/region", "/effects/figure"):
        drawn = client.get(f"{path}.svg", params=query | ({"x": "gait"} if "region" in path else {}))
        assert drawn.content.startswith(b"<?xml"), drawn.text
    report = client.get("/report", params=query).json()
    assert (report["answer"], report["findings"]) == (effects["answer"], [])
    # Without an experiment, a question is about the default task.
    assert client.get("/summary").json()["metric"] == "train_accuracy"
    run = client.get("/experiments/walks/runs").json()[0]
    rows = client.get(f"/runs/{run['id']}").json()["history"]
    assert [list(row) for row in rows] == [["epoch", "reached", "epoch_seconds", "logged_ms", "falls"]] * 2


def test_of_several_tasks_of_an_experiment_the_default_one_is_meant_or_else_the_first(
    client: TestClient, app_store: Store
) -> None:
    walk(client, app_store, seeds=1)
    finish_run(app_store, make_cell(), 0, [0.1, 0.2], experiment="walks")
    assert client.get("/summary?experiment=walks").json()["metric"] == "train_accuracy"
    assert client.get("/summary?experiment=walks&task=walk").json()["metric"] == "reached"
    # An experiment that does not exist has no task, so nothing is said about a metric.
    assert client.get("/summary?experiment=none&metric=reached").status_code == 404


@pytest.mark.parametrize(
    ("query", "field", "problem"),
    [
        ("task=run", "task", "Input should be 'classification' or 'walk', not 'run'"),
        ("task=walk&metric=val_loss", "metric", "'val_loss' is not a metric of the task 'walk'; its metrics: reached"),
        ("task=walk&metric=luck", "metric", "Input should be 'reached' or 'falls', not 'luck'"),
        ("task=walk&steps=0", "steps.0", "Input should be greater than or equal to 1, not '0'"),
        ("task=walk&drift=far", "drift.0", "not 'far'"),
        ("task=walk&arch=yolo", "arch", "is not a parameter of the task 'walk'; its parameters: steps, drift"),
        ("steps=1", "steps", "is not a parameter of the task 'classification'; its parameters: arch, norm"),
        ("task=walk&x=steps&x=gait", "x", "is not known here; allowed: experiment, metric, task, threshold"),
        ("task=walk&pace=1", "pace", "is not known here; allowed: experiment, metric, task, threshold"),
    ],
)
def test_a_query_that_does_not_fit_its_task_is_refused_with_what_does(
    client: TestClient, app_store: Store, query: str, field: str, problem: str
) -> None:
    worker_has(app_store, WALK)
    said = refused(client.get(f"/summary?{query}"))
    assert (said[0], problem in said[1]) == (field, True), said


def test_null_is_a_level_that_can_be_asked_for(client: TestClient, app_store: Store) -> None:
    walk(client, app_store, seeds=1)
    finish_walk(app_store, 0, [0.1, 0.9], drift=None)
    found = client.get("/summary?experiment=walks&drift=null").json()
    assert (found["filters"], [cell["levels"]["drift"] for cell in found["cells"]]) == ({"drift": [None]}, [None])


def test_what_is_kept_is_worked_out_again_when_a_task_is_declared_anew(client: TestClient, app_store: Store) -> None:
    walk(client, app_store)
    query = {"experiment": "walks"}
    first = client.get("/summary", params=query).json()
    assert client.get("/summary", params=query).json() == first
    # The same runs, but now a diverged run would count with another value, and fewer falls are worse.
    metrics = (replace(WALK.metrics[0], better="lower", worst=1.0), Metric("falls", "higher", diagnostic=True))
    newer = replace(WALK, package=NEWER_NETS, metrics=metrics)
    worker_has(app_store, newer)
    client.get("/summary?task=unknown")
    second = client.get("/summary", params=query).json()
    assert [cell["cell"] for cell in second["cells"]] == [cell["cell"] for cell in first["cells"]]
    assert second["cells"] != first["cells"]


def test_cells_of_a_task_can_be_read_as_soon_as_it_is_announced(client: TestClient, app_store: Store) -> None:
    walk(client, app_store, seeds=1)
    with app_store.database.write() as db:
        db.execute(plugins.delete())
    refresh(app_store, now=True)
    unknown = client.get("/experiments/walks").json()
    assert [left["task"] for left in unknown["left_out"]] == ["walk", "walk"]
    worker_has(app_store, WALK)
    client.get("/summary?task=unknown")
    assert client.get("/experiments/walks").json()["left_out"] == []


@pytest.mark.slow
def test_a_process_of_the_pool_learns_what_is_announced_after_it_began(app_store: Store, tmp_path: Path) -> None:
    settings = Settings(answer_processes=1, database_url=f"sqlite:///{tmp_path}/lab.db", broker_url=NO_BROKER)
    finish_run(app_store, make_cell(), 0, [0.1, 0.2])
    with TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        assert client.get("/summary").json()["metric"] == "train_accuracy"
        walk(client, app_store)
        worker_has(app_store, WALK, RMS)
        assert client.get("/summary?experiment=walks").json()["metric"] == "reached"
        assert client.get("/summary/figure.svg?experiment=walks&gait=run").content.startswith(b"<?xml")
        assert client.post("/experiments", json=MIXED).status_code == 201
        [cell] = client.get("/summary?experiment=mixed&norm=rms").json()["cells"]
        assert cell["cell"].startswith("yolo-rms-he-")


ALONE = """
import sys
from fastapi.testclient import TestClient
from api.app import create_app
from evenkeel.settings import Settings
from evenkeel.store import Store
from announcing import RMS
from walks import GRID, WALK, worker_has

url = f"sqlite:///{sys.argv[1]}"
worker_has(Store(url), WALK, RMS)
app = create_app(Settings(answer_processes=0, database_url=url))
with TestClient(app, "http://localhost", client=("127.0.0.1", 1)) as client:
    assert client.post("/experiments", json=GRID).status_code == 201
    assert client.get("/summary?experiment=walks&task=walk&steps=2").status_code == 200
    assert len(client.get("/tasks").json()) == 2
    client.get("/openapi.json").json()
print([name for name in ("torch", "mlflow", "lab_nets", "trainer", "importlib_metadata") if name in sys.modules])
"""


@pytest.mark.slow
def test_the_api_imports_nothing_of_a_package_and_no_package_has_to_be_installed(
    app_store: Store, tmp_path: Path
) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", ALONE, f"{tmp_path}/lab.db"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
