"""What the mirror copies to MLflow, and what it leaves to others."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from records import claim_run, finish_run, make_cell

from evenkeel.lab.records import Epoch
from evenkeel.lab.settings import Settings
from evenkeel.lab.store import Store
from evenkeel.lab.store.schema import cells
from trainer.tracking import Mirror
from trainer.tracking.mirror import to_points

SettingsOf = Callable[[str, Path], Settings]


def test_an_epoch_is_all_that_it_measured_by_its_own_names_and_how_long_it_took() -> None:
    epoch = Epoch("run", 3, {"reward": 0.5, "entropy": None, "loss": 0.0}, 1.5, 1_700_000_000_123)
    points = [(point.key, point.value, point.timestamp, point.step) for point in to_points(epoch)]
    at = (1_700_000_000_123, 3)
    assert points == [("reward", 0.5, *at), ("loss", 0.0, *at), ("epoch_seconds", 1.5, *at)]


def test_a_runs_epochs_and_its_cells_statistics_stand_in_mlflow_under_the_names_of_the_metrics(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    for seed, last in enumerate((0.5, 0.75)):
        finish_run(own_store, make_cell(), seed, [0.25, last], experiment="mirror-names")
    settings = settings_of("w", tmp_path)
    assert Mirror(own_store, settings).pass_once() == 2
    client = MlflowClient(settings.mlflow_url)
    first, _ = own_store.runs.all("mirror-names")
    mirrored = client.get_run(str(first.mlflow_run_id))
    measured = {"train_accuracy", "val_accuracy", "train_loss", "val_loss", "grad_norm_mean"}
    assert set(mirrored.data.metrics) == measured | {"epoch_seconds"}
    history = client.get_metric_history(str(first.mlflow_run_id), "train_accuracy")
    assert [(point.step, point.value) for point in history] == [(1, 0.25), (2, 0.5)]
    parent = client.get_run(mirrored.data.tags["mlflow.parentRunId"])
    assert set(parent.data.metrics) == {"survivors"} | {
        f"{metric}_{statistic}" for metric in measured - {"grad_norm_mean"} for statistic in ("mean", "min", "max")
    }
    assert (parent.data.metrics["val_accuracy_mean"], parent.data.metrics["survivors"]) == (pytest.approx(0.615), 2)
    figures = client.list_artifacts(parent.info.run_id, "figures")
    assert sorted(figure.path for figure in figures) == ["figures/train_accuracy.png", "figures/val_accuracy.png"]


def test_a_parent_that_an_earlier_version_named_otherwise_is_found_and_gets_the_name_of_its_cell(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    finish_run(own_store, make_cell(), 0, [0.25, 0.5], experiment="mirror-renamed")
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    mirror.pass_once()
    [run] = own_store.runs.all("mirror-renamed")
    seed = client.get_run(str(run.mlflow_run_id))
    assert seed.info.run_name == f"seed0-{make_cell().name}"
    parent = seed.data.tags["mlflow.parentRunId"]
    client.update_run(parent, name="yolo-none-he-lr=0.001")
    client.set_tag(parent, "evenkeel.cell", "yolo-none-he-lr=0.001")
    claim_run(own_store, make_cell(), 1, experiment="mirror-renamed")
    mirror.pass_once()
    found = client.get_run(parent)
    assert (found.info.run_name, found.data.tags["evenkeel.cell"]) == (make_cell().name, make_cell().name)
    _, second = own_store.runs.all("mirror-renamed")
    assert client.get_run(str(second.mlflow_run_id)).data.tags["mlflow.parentRunId"] == parent


def test_a_run_that_only_a_newer_version_can_read_keeps_no_other_from_mlflow(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    finish_run(own_store, make_cell(), 0, [0.5], experiment="mirror-newer")
    with own_store.database.write() as db:
        db.execute(cells.update().values(levels={"arch": "mamba", "norm": "none", "init": "he"}))
    finish_run(own_store, make_cell("resnet"), 0, [0.5], experiment="mirror-known")
    mirror = Mirror(own_store, settings_of("w", tmp_path))
    with caplog.at_level(logging.ERROR):
        assert mirror.pass_once() == 1
    assert "a newer version stored this cell" in caplog.text
    assert [run.mlflow_run_id is not None for run in own_store.runs.all("mirror-known")] == [True]


def test_a_run_of_a_task_that_is_not_known_here_is_tried_again_later(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    finish_run(own_store, make_cell(), 0, [0.5], experiment="mirror-chess")
    with own_store.database.write() as db:
        db.execute(cells.update().values(task="chess"))
    finish_run(own_store, make_cell(), 0, [0.5], experiment="mirror-here")
    mirror = Mirror(own_store, settings_of("w", tmp_path))
    with caplog.at_level(logging.ERROR):
        assert mirror.pass_once() == 1
        assert mirror.pass_once() == 0
    assert caplog.text.count("trying again in a minute: this cell is of the task 'chess', which is not known here") == 1
    assert [run.mlflow_run_id for run in own_store.runs.all("mirror-chess")] == [None]
