"""A lab that knows a second task beside the built-in one: what it accepts, answers and refuses."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from records import claim_run, finish_run, make_cell
from servers import LIGHT, api_server

from evenkeel.grids.cell import make_cell as cell_of
from evenkeel.grids.tasks import known_tasks, own_tasks
from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker, Worker
from evenkeel.settings import get_settings
from evenkeel.store import Store, now_ms

pytestmark = pytest.mark.stack
HERE = Path(__file__).parent
TASKS = "models.task:CLASSIFICATION,toy_task:CONTROL"
GRID: dict[str, Any] = {"name": "toy", "task": "control", "grid": {"depth": [1, 2]}, "seeds": 2}
PLAIN: dict[str, Any] = {"name": "plain", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": 1}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Three seeds of two cells of each task, in one experiment. This process knows both tasks during the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENKEEL_TASKS", TASKS)
        patch.syspath_prepend(HERE)
        get_settings.cache_clear()
        own_tasks.cache_clear()
        store = Store(f"sqlite:///{tmp_path_factory.mktemp('tasks')}/lab.db")
        store.migrate()
        for seed in range(3):
            for depth in (1, 2):
                train_control(store, depth, seed)
            for norm in ("none", "batch"):
                finish_run(store, make_cell(norm=norm), seed, [0.2, 0.5, 0.6 + seed / 10])
        yield store
        store.close()
    get_settings.cache_clear()
    own_tasks.cache_clear()


def train_control(store: Store, depth: int, seed: int) -> None:
    cell = cell_of(known_tasks()["control"], {"depth": depth})
    claim = claim_run(store, cell, seed, taker=Taker("both", "v", {"control": 2}))
    for epoch in (1, 2):
        values = {"mean_return": 10.0 * depth * epoch + seed, "val_loss": 5.0 - epoch, "entropy": None}
        assert store.claims.append_epoch(claim, Epoch(claim.run_id, epoch, values, 0.5, now_ms()))
    assert store.claims.finish(claim, Outcome.CONVERGED)


@pytest.fixture(scope="module")
def api(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A separate server, which reads EVENKEEL_TASKS when it starts."""
    url = str(store.database.engine.url)
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    log = tmp_path_factory.mktemp("api") / "api.log"
    with api_server(url, log, EVENKEEL_TASKS=TASKS, PYTHONPATH=path) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            yield client


def get(api: httpx.Client, path: str, **query: Any) -> Any:
    answer = api.get(path, params={"experiment": "exp"} | query)
    assert answer.status_code == 200, answer.text
    return answer


def levels(name: str) -> str:
    """The name of a cell without the digits of its hash."""
    return name.rpartition("-")[0]


def test_every_task_is_told_with_its_parameters_its_metrics_and_who_trains_it(api: httpx.Client, store: Store) -> None:
    store.workers.see(Worker("both", 1, "cpu", "v", now_ms(), {"classification": 1, "control": 2}))
    store.workers.see(Worker("older", 1, "cpu", "v", now_ms(), {"classification": 1, "control": 1}))
    classification, control = api.get("/tasks").json()
    assert (classification["name"], classification["default_metric"]) == ("classification", "train_accuracy")
    assert set(classification["workers"]) == {"both", "older"}
    assert (control["name"], control["version"], control["workers"]) == ("control", 2, ["both"])
    assert control["parameters"]["properties"]["depth"]["maximum"] == 9
    assert control["presets"] == {"small": {"name": "small", "task": "control", "grid": {"depth": [1, 2]}}}
    assert [metric["name"] for metric in control["metrics"]] == ["mean_return", "val_loss", "entropy"]
    assert control["metrics"][0] == {
        "name": "mean_return",
        "better": "higher",
        "worst": None,
        "unit": "",
        "label": "mean return",
        "description": "Reward of an episode, mean.",
        "diagnostic": False,
    }
    assert [(metric["worst"], metric["diagnostic"]) for metric in control["metrics"][1:]] == [(100, False), (0, True)]


def test_a_grid_of_each_task_is_planned_and_a_grid_that_names_none_is_of_classification(api: httpx.Client) -> None:
    planned = api.post("/experiments?dry_run=true", json=GRID).json()
    assert [levels(cell["cell"]) for cell in planned["cells"]] == ["none-0.5-1", "none-0.5-2"]
    assert [cell["num_parameters"] for cell in planned["cells"]] == [None, None]
    plain = api.post("/experiments?dry_run=true", json=PLAIN).json()
    assert plain == api.post("/experiments?dry_run=true", json=PLAIN | {"task": "classification"}).json()
    assert [levels(cell["cell"]) for cell in plain["cells"]] == ["yolo-none-he"]


@pytest.mark.parametrize(
    ("body", "field", "allowed"),
    [
        (GRID | {"task": "vision"}, "task", "Input should be 'classification' or 'control', not 'vision'"),
        (GRID | {"task": 3}, "task", "'classification' or 'control', not 3"),
        (GRID | {"task": None, "grid": {"colour": [1]}}, "task", "'classification' or 'control'"),
        (GRID | {"grid": {"depth": [1, 10]}}, "grid.depth.1", "less than or equal to 9"),
        (GRID | {"grid": {"depth": [1], "arch": ["yolo"]}}, "grid.arch", "allowed: depth, norm, lr, epochs"),
        (GRID | {"train": {"norm": "batch"}}, "train.norm", "'spectral' or 'none', not 'batch'"),
        (GRID | {"grid": {"lr": [0.1]}}, "grid.depth", "is missing"),
        (GRID | {"colour": 1}, "colour", "allowed: name, task, grid, seeds, train"),
        (PLAIN | {"grid": {"depth": [1]}}, "grid.depth", "allowed: arch, norm, init"),
        (PLAIN | {"control": 1}, "control", "allowed: name, task, grid"),
        ([GRID], "body", "should be a JSON object; its keys: name, task, grid"),
    ],
)
def test_a_wrong_grid_is_refused_by_its_own_task_whose_name_stands_in_no_field(
    api: httpx.Client, body: Any, field: str, allowed: str
) -> None:
    answer = api.post("/experiments", json=body)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert allowed in error["problem"]


@pytest.mark.parametrize("body", [{"colour": 1}, {"control": 1}])
def test_other_bodies_have_no_task_and_name_their_own_keys(api: httpx.Client, body: dict[str, Any]) -> None:
    [error] = api.patch("/experiments/exp", json=body).json()["errors"]
    assert error["field"] in body
    assert error["problem"] == "is not known here; allowed: note, tags, priority, max_running, device, threads"


def test_a_summary_is_of_one_task_with_its_own_metric_and_filters(api: httpx.Client) -> None:
    control = get(api, "/summary", task="control").json()
    assert control["metric"] == "mean_return"
    assert [levels(cell["cell"]) for cell in control["cells"]] == ["none-0.5-1", "none-0.5-2"]
    assert [cell["final"]["mean"] for cell in control["cells"]] == [21, 41]
    narrowed = get(api, "/summary", task="control", metric="val_loss", depth=2, norm="none", lr="0.5").json()
    assert narrowed["filters"] == {"depth": [2], "norm": ["none"], "lr": [0.5]}
    assert [cell["levels"]["depth"] for cell in narrowed["cells"]] == [2]
    plain = get(api, "/summary").json()
    assert plain["metric"] == "train_accuracy"
    assert [levels(cell["cell"]) for cell in plain["cells"]] == ["yolo-batch-he", "yolo-none-he"]
    assert get(api, "/summary", norm="batch").json()["filters"] == {"norm": ["batch"]}


@pytest.mark.parametrize(
    ("query", "field", "allowed"),
    [
        ("task=vision", "task", "'classification' or 'control'"),
        ("metric=luck", "metric", "'train_accuracy', 'val_accuracy'"),
        ("task=control&metric=val_accuracy", "metric", "its metrics: mean_return, val_loss, entropy"),
        ("metric=entropy", "metric", "not a metric of the task 'classification'; its metrics: train_accuracy"),
        ("task=control&arch=yolo", "arch", "its parameters: depth, norm, lr, epochs"),
        ("depth=1", "depth", "not a parameter of the task 'classification'; its parameters: arch, norm"),
        ("task=control&norm=none&norm=batch", "norm.1", "Input should be 'spectral' or 'none', not 'batch'"),
        ("norm=spectral", "norm.0", "Input should be 'batch', 'none', 'group' or 'layer', not 'spectral'"),
        ("task=control&lr=2", "lr.0", "less than or equal to 1, not '2'"),
        ("task=control&depth=10", "depth.0", "less than or equal to 9"),
        ("colour=red", "colour", "experiment, metric, task, threshold"),
    ],
)
def test_a_query_that_is_not_of_its_task_is_refused_with_what_is(
    api: httpx.Client, query: str, field: str, allowed: str
) -> None:
    answer = api.get(f"/summary?{query}")
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert allowed in error["problem"]


def test_a_run_shows_the_metrics_of_its_own_task_and_no_others(api: httpx.Client) -> None:
    runs = {levels(run["cell"]): run["id"] for run in api.get("/experiments/exp/runs").json() if run["seed"] == 0}
    control = api.get(f"/runs/{runs['none-0.5-2']}").json()
    assert control["spec"] == {"depth": 2, "norm": "none", "lr": 0.5, "epochs": 2, "seed": 0}
    assert [row.pop("logged_ms") > 0 for row in control["history"]] == [True, True]
    assert control["history"] == [
        {"epoch": 1, "mean_return": 20, "val_loss": 4, "epoch_seconds": 0.5, "entropy": None},
        {"epoch": 2, "mean_return": 40, "val_loss": 3, "epoch_seconds": 0.5, "entropy": None},
    ]
    row = api.get(f"/runs/{runs['yolo-none-he']}").json()["history"][0]
    measured = ["train_accuracy", "val_accuracy", "train_loss", "val_loss"]
    diagnostics = ["grad_norm_mean", "grad_norm_max", "update_ratio", "loss_jump", "dead_units"]
    assert set(row) == {"epoch", *measured, "epoch_seconds", "logged_ms", *diagnostics}
    assert (row["train_accuracy"], row["grad_norm_mean"], row["dead_units"]) == (0.2, 2, None)


@pytest.mark.parametrize(
    "path", ["/summary/figure.svg", "/summary/region.svg", "/summary/reaching.svg", "/effects/figure.svg"]
)
def test_every_figure_is_drawn_of_either_task(api: httpx.Client, path: str) -> None:
    x = {"x": "norm"} if "region" in path else {}
    assert get(api, path, **x).content.startswith(b"<?xml")
    # For control no x is named, so it is depth, its first parameter that is a number.
    assert get(api, path, task="control").content.startswith(b"<?xml")


def test_a_factor_of_another_task_cannot_be_drawn_along_x(api: httpx.Client) -> None:
    answer = api.get("/summary/region.svg", params={"task": "control", "x": "arch"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "x"
    assert "the factors are: depth, norm, lr, epochs" in answer.json()["detail"]


def test_the_statistics_and_the_report_are_of_the_task_that_is_asked_for(api: httpx.Client) -> None:
    effects = get(api, "/effects", task="control").json()
    assert (effects["metric"], list(effects["factors"])) == ("mean_return", ["depth"])
    compared = get(api, "/compare", task="control", a="none-0.5-1").json()
    assert [levels(each["b"]) for each in compared["comparisons"]] == ["none-0.5-2"]
    needed = get(api, "/seeds-needed", task="control", cell="none-0.5-1", half_width=0.5).json()
    assert (needed["metric"], needed["n_now"]) == ("mean_return", 3)
    report = get(api, "/report", task="control").json()
    assert report["findings"] == []
    assert report["answer"] == effects["answer"]
    assert "mean return" in report["markdown"]


@pytest.mark.parametrize("tasks", ["nowhere:TASK", "models.task:METRICS", "toy_task", "toy_task:MISNAMED"])
def test_a_task_that_cannot_be_loaded_keeps_the_api_from_starting_and_is_named(tasks: str) -> None:
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"EVENKEEL_TASKS": tasks, "PYTHONPATH": path} | LIGHT
    done = subprocess.run([sys.executable, "-m", "api"], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("the API does not start: ")
    assert ("misnamed" if "MISNAMED" in tasks else f"EVENKEEL_TASKS: {tasks!r}") in done.stderr
    assert "Traceback" not in done.stderr
