"""What the mirror copies to MLflow, and what it leaves to others."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from records import claim_run, finish_run, make_cell, make_unreadable

from evenkeel.records.rows import Epoch
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.tracking import Mirror
from trainer.tracking.server import to_points

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


def test_a_cell_that_cannot_be_read_is_named_once_keeps_no_other_from_mlflow_and_leaves_nothing_there(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for seed in range(2):
        for cell in (make_cell(), make_cell("resnet")):
            finish_run(own_store, cell, seed, [0.5], experiment="mirror-branch")
    cell_hash = make_unreadable(own_store, make_cell(), "mirror-branch", arch="my_net")
    settings = settings_of("w", tmp_path)
    mirror = Mirror(own_store, settings)
    with caplog.at_level(logging.ERROR):
        assert mirror.pass_once() == 2
        assert mirror.pass_once() == 0
    said = [record.getMessage() for record in caplog.records if record.name == "trainer.tracking.mirror"]
    assert said == [
        f"not copied to MLflow: The cell {cell_hash} of mirror-branch is left out. arch: 'my_net' is not a level here; "
        "allowed: yolo, resnet, plain, vgg. To read it, run a version that knows it. To delete it with its runs: "
        f"evenkeel forget mirror-branch {cell_hash}."
    ]
    for run in own_store.runs.all("mirror-branch"):
        assert (run.mlflow_run_id is None) is (run.cell_hash == cell_hash)
    client = MlflowClient(settings.mlflow_url)
    experiment_id, parents = own_store.outbox.mlflow_ids("mirror-branch")
    assert len(client.search_runs([str(experiment_id)])) == 3, "two runs and the cell that they stand under"
    assert [parent for parent in parents.values() if parent is None] == [None]


def test_a_run_of_a_task_that_is_not_known_here_is_tried_again_later(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    finish_run(own_store, make_cell(), 0, [0.5], experiment="mirror-chess")
    make_unreadable(own_store, make_cell(), "mirror-chess", task="chess")
    finish_run(own_store, make_cell(), 0, [0.5], experiment="mirror-here")
    mirror = Mirror(own_store, settings_of("w", tmp_path))
    with caplog.at_level(logging.ERROR):
        assert mirror.pass_once() == 1
        assert mirror.pass_once() == 0
    assert caplog.text.count("task: 'chess' is not a task here; known: classification. To read it, name its task") == 1
    assert [run.mlflow_run_id for run in own_store.runs.all("mirror-chess")] == [None]


def test_a_cell_that_is_deleted_here_stays_in_mlflow_and_a_run_read_before_is_passed_over(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cell in (make_cell(), make_cell("resnet")):
        finish_run(own_store, cell, 0, [0.5], experiment="mirror-deleted")
    settings = settings_of("w", tmp_path)
    mirror = Mirror(own_store, settings)
    assert mirror.pass_once() == 2
    found = own_store.experiments.find("mirror-deleted")
    assert found is not None
    gone = next(run for run in own_store.runs.all("mirror-deleted") if run.cell_hash == make_cell().hash)
    assert own_store.deletions.forget(found.id, make_cell().hash) == (1, 1)
    monkeypatch.setattr(own_store.outbox, "unmirrored", lambda limit: [gone])
    assert mirror.pass_once() == 1
    client = MlflowClient(settings.mlflow_url)
    assert client.get_run(str(gone.mlflow_run_id)).info.lifecycle_stage == "active"
    assert len(client.search_runs([str(found.mlflow_experiment_id)])) == 4
