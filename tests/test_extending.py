"""The patches of docs/extending.md are applied to a copy of the code, and the copy trains."""

import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from services import MLFLOW_LOGIN, RunningStack, grid, wait_for

pytestmark = pytest.mark.slow  # trains with a copy of the code
ROOT = Path(__file__).parents[1]
PATCHES = re.findall(r"```diff\n(.*?)```", (ROOT / "docs" / "extending.md").read_text(), re.DOTALL)

TRAIN = """
import sys, tempfile, torch
from pathlib import Path
from evenkeel.plugins import EpochEnd
from models.task import Classification, num_parameters
from models.work import work
from trainer.classification.datasets.load import load_dataset
from trainer.classification.loop import prepare, train
for levels in ({"norm": "instance"}, {"init": "uniform"}, {"arch": "linear"}):
    base = {"arch": "vgg", "norm": "none", "init": "he", "image_size": 16, "width": 0.125, "epochs": 1}
    parameters = Classification.model_validate(base | levels)
    data = load_dataset(parameters, Path(tempfile.mkdtemp()))
    training = prepare(parameters, 0, data.num_classes, torch.device("cpu"))
    learnable = sum(parameter.numel() for parameter in training.model.parameters())
    assert learnable == num_parameters(parameters, None), (levels, learnable)
    assert work(parameters, None), levels
    epoch, finished = train(training, data)
    assert isinstance(epoch, EpochEnd), epoch
    print(levels, epoch.values["train_accuracy"])
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("extended")
    for room in ("api", "docs", "evenkeel", "mlflow_server", "models", "trainer"):
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    assert len(PATCHES) == 6
    for patch in PATCHES:
        subprocess.run(["git", "apply", "-p0", "-"], cwd=copy, input=patch, text=True, check=True)
    return copy


def python(extended: Path, *arguments: str, **settings: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(extended)} | settings
    done = subprocess.run(
        [sys.executable, *arguments], cwd=extended, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def extended_stack(extended: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    running = RunningStack(tmp_path_factory.mktemp("extended-stack") / "data", slots=1, PYTHONPATH=str(extended))
    yield running
    running.stop()


def test_a_norm_an_init_and_an_arch_of_ones_own_train(extended: Path) -> None:
    out = python(extended, "-c", TRAIN)
    assert [line.split("}")[0] for line in out.splitlines()] == [
        "{'norm': 'instance'", "{'init': 'uniform'", "{'arch': 'linear'",
    ]  # fmt: skip


def test_a_dataset_of_torchvisions_is_prepared(extended: Path, tmp_path: Path) -> None:
    raw = tmp_path / "files" / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for split, count in (("train", 20), ("t10k", 10)):
        pixels, labels = os.urandom(count * 28 * 28), bytes(i % 10 for i in range(count))
        (raw / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, count, 28, 28) + pixels)
        (raw / f"{split}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, count) + labels)
    arguments = ("-m", "trainer", "data", "prepare", "kmnist", "--size", "32", "--from", str(tmp_path / "files"))
    out = python(extended, *arguments, EVENKEEL_DATASETS_DIR=str(tmp_path / "out"))
    assert "20 to train, 10 to validate, 10 classes" in out


def test_a_metric_and_a_factor_of_ones_own_are_declared_once_and_show_everywhere(
    extended: Path, extended_stack: RunningStack
) -> None:
    stack, client = extended_stack, extended_stack.client
    client.submit(
        grid(
            "own",
            grid={"arch": ["yolo"], "norm": ["none"], "init": ["he"], "dampening": [0.0, 0.5]},
            train={"optimizer": "sgd", "momentum": 0.9, "image_size": 16, "width": 0.125, "epochs": 2},
        )
    )
    assert stack.finish("own")["num_runs"]["status"]["finished"] == 2
    summary = client.summary(experiment="own", metric="train_error", dampening=0.5)
    [cell] = summary["cells"]
    assert cell["cell"].startswith("yolo-none-he-")
    assert cell["levels"]["dampening"] == 0.5
    [curve] = cell["curves"]
    [run] = [run for run in client.runs("own") if run["cell"] == cell["cell"]]
    history = client.run(run["id"])["history"]
    assert curve["values"] == [epoch["train_error"] for epoch in history]
    assert [epoch["train_accuracy"] + epoch["train_error"] for epoch in history] == pytest.approx([1, 1])
    csv = client.table("/summary", "csv", table="runs", experiment="own", metric="train_error").decode()
    assert f"{curve['values'][1]}" in csv
    assert "dampening" in csv.splitlines()[0]
    [task] = client.tasks()
    assert "train_error" in [metric["name"] for metric in task["metrics"]]
    pages = python(extended, "-c", "from docs.tasks import describe_tasks; print(*describe_tasks())")
    assert "SGD's dampening" in pages
    assert "`train_error`" in pages
    mlflow_id = wait_for(lambda: client.run(run["id"])["mlflow_run_id"], 60, "mirrored")
    tracked = wait_for(lambda: _history(stack.mlflow_url, mlflow_id, "train_error"), 60, "the metric in MLflow")
    assert tracked == pytest.approx(curve["values"])


def _history(url: str, run_id: str, metric: str) -> list[float]:
    """The values of both epochs, or an empty list until both are there."""
    query = {"run_id": run_id, "metric_key": metric}
    login = MLFLOW_LOGIN["USERNAME"], MLFLOW_LOGIN["PASSWORD"]
    answer = httpx.get(f"{url}/api/2.0/mlflow/metrics/get-history", params=query, auth=login)
    values = [row["value"] for row in answer.json().get("metrics", [])]
    return values if len(values) == 2 else []
