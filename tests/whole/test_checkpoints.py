"""A trained network is fetched from a running lab, wherever its checkpoint is, and equals the network of the run."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from servers import LIGHT, api_server
from services import MLFLOW_LOGIN, RunningStack, grid, wait_for
from typer.testing import CliRunner

import models
from evenkeel.cli import app
from evenkeel.client import ApiError, Client
from trainer.classification.datasets.load import load_dataset


@pytest.fixture(scope="module")
def run(stack: RunningStack) -> dict[str, Any]:
    """A finished run."""
    stack.client.submit(grid("fetched", grid={"arch": ["resnet"], "norm": ["batch"], "init": ["he"]}))
    stack.finish("fetched")
    [brief] = stack.client.runs("fetched")
    return stack.client.run(brief["id"])


def accuracy(path: Path) -> float:
    """The accuracy on the whole validation set of the network in a checkpoint."""
    network = models.load(path)
    val = load_dataset(network.cell, Path(os.environ["EVENKEEL_DATASETS_DIR"])).val
    with torch.no_grad():
        right = network(network.to_input(val.images)).argmax(1) == val.labels
    return right.sum().item() / len(val)


def test_a_checkpoint_fetched_by_the_client_scores_what_the_run_scored(
    stack: RunningStack, run: dict[str, Any], tmp_path: Path
) -> None:
    path = stack.client.checkpoint(run["id"], to=tmp_path)
    assert path == tmp_path / f"{run['id'][:8]}-epoch-0002.pt"
    assert path.read_bytes() == Path(run["checkpoint"]["path"]).read_bytes()
    assert accuracy(path) == run["history"][-1]["val_accuracy"]


def test_the_command_line_fetches_it_by_the_id_that_it_lists(
    stack: RunningStack, run: dict[str, Any], tmp_path: Path
) -> None:
    command = ["checkpoint", run["id"][:8], "-o", str(tmp_path / "best.pt"), "--url", stack.url]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert f"Wrote {tmp_path}/best.pt" in " ".join(result.output.split())
    assert accuracy(tmp_path / "best.pt") == run["history"][-1]["val_accuracy"]
    result = CliRunner().invoke(app, ["checkpoint", "nothing", "--url", stack.url])
    assert result.exit_code == 1
    assert "there is no run 'nothing'" in result.output


def test_an_api_that_does_not_share_the_workers_folder_takes_it_from_mlflow(
    stack: RunningStack, run: dict[str, Any], tmp_path: Path
) -> None:
    elsewhere = LIGHT | {"EVENKEEL_DATA_DIR": str(tmp_path / "elsewhere"), "EVENKEEL_MLFLOW_URL": stack.mlflow_url}
    elsewhere |= {f"EVENKEEL_MLFLOW_{name}": value for name, value in MLFLOW_LOGIN.items()}
    with (
        api_server(f"sqlite:///{stack.data}/evenkeel.db", tmp_path / "api.log", **elsewhere) as url,
        Client(url) as lab,
    ):

        def fetched() -> Path | None:
            try:
                return lab.checkpoint(run["id"], to=tmp_path)
            except ApiError as error:
                if "has not sent it to MLflow yet" not in str(error):
                    raise
                return None

        told: list[tuple[int, int | None]] = []
        path = wait_for(fetched, 60, "the checkpoint in MLflow")
        lab.checkpoint(run["id"], tmp_path, lambda done, total: told.append((done, total)))
    size = path.stat().st_size
    assert told[-1] == (size, size)
    assert accuracy(path) == run["history"][-1]["val_accuracy"]
