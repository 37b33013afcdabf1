"""A copy counts only if MLflow really has the whole file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from records import finish_run, make_cell

from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.tracking import Copies, Mirror, MlflowAway


def test_a_file_that_is_missing_or_shorter_in_mlflow_is_no_copy(
    settings_of: Callable[[str, Path], Settings], own_store: Store, tmp_path: Path
) -> None:
    settings = settings_of("w", tmp_path)
    finish_run(own_store, make_cell(), 0, [0.1, 0.2, 0.3], experiment="copied")
    Mirror(own_store, settings).pass_once()
    [run] = own_store.runs.all("copied")
    whole, short, missing = (tmp_path / f"epoch-000{number}.pt" for number in range(3))
    for path in (whole, short, missing):
        path.write_bytes(b"w" * 1000)
    client, copies = MlflowClient(settings.mlflow_url), Copies(settings)
    assert not copies.has(run, [whole])
    for path in (whole, short):
        client.log_artifact(str(run.mlflow_run_id), str(path), "checkpoints")
    short.write_bytes(b"w" * 2000)
    assert copies.has(run, [whole])
    assert not copies.has(run, [whole, short])
    assert not copies.has(run, [whole, missing])


def test_an_mlflow_that_is_away_is_said_to_be_away(own_store: Store, tmp_path: Path) -> None:
    finish_run(own_store, make_cell(), 0, [0.1, 0.2, 0.3])
    [run] = own_store.runs.all("exp")
    with pytest.raises(MlflowAway):
        Copies(Settings(mlflow_url="http://127.0.0.1:1")).has(run, [tmp_path / "epoch-0001.pt"])
