"""What the mirror copies to MLflow, and what it leaves to others."""

import getpass
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from records import TAKER, claim_run, finish_run, log_epochs, make_cell, make_unreadable

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch
from evenkeel.schema import runs
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.tracking import Mirror
from trainer.tracking.mirror import RUNS_A_PASS
from trainer.tracking.server import to_points

SettingsOf = Callable[[str, Path], Settings]
TWO_EPOCHS = make_cell(epochs=2)


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
    assert set(mirrored.data.metrics) == measured | {"epoch_seconds", "diverged"}
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
    claim_run(own_store, make_cell(), 1, experiment="mirror-renamed")
    mirror.pass_once()
    assert client.get_run(parent).info.run_name == make_cell().name
    _, second = own_store.runs.all("mirror-renamed")
    assert client.get_run(str(second.mlflow_run_id)).data.tags["mlflow.parentRunId"] == parent


def test_a_parent_has_nothing_by_which_its_seeds_are_grouped_and_says_its_cell_in_words(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    finish_run(own_store, make_cell(), 0, [0.25, 0.5], experiment="mirror-groups")
    settings = settings_of("w", tmp_path).model_copy(update={"public_url": "http://lab.example"})
    Mirror(own_store, settings).pass_once()
    client = MlflowClient(settings.mlflow_url)
    [run] = own_store.runs.all("mirror-groups")
    seed = client.get_run(str(run.mlflow_run_id))
    parent = client.get_run(seed.data.tags["mlflow.parentRunId"])
    assert (seed.data.params["arch"], seed.data.tags["evenkeel.cell"]) == ("yolo", make_cell().name)
    assert parent.data.params == {}
    assert "evenkeel.cell" not in parent.data.tags
    assert "http://lab.example/ui/experiments/mirror-groups" in parent.data.tags["mlflow.note.content"]
    assert f"http://lab.example/ui/runs/{run.id}" in seed.data.tags["mlflow.note.content"]


def test_a_parent_with_params_that_an_earlier_version_made_is_replaced_by_one_without_and_keeps_its_seeds(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    finish_run(own_store, make_cell(), 0, [0.25, 0.5], experiment="mirror-old")
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    mirror.pass_once()
    [run] = own_store.runs.all("mirror-old")
    before = client.get_run(str(run.mlflow_run_id)).data.tags["mlflow.parentRunId"]
    client.log_param(before, "arch", "yolo")
    client.set_tag(before, "evenkeel.cell", make_cell().name)
    # A mirror that starts anew does not know what an earlier one wrote.
    mirror = Mirror(own_store, settings)
    copy_again(own_store, run.id)
    mirror.pass_once()
    after = client.get_run(str(run.mlflow_run_id)).data.tags["mlflow.parentRunId"]
    assert after != before
    assert client.get_run(before).info.lifecycle_stage == "deleted"
    replaced = client.get_run(after)
    assert (replaced.data.params, replaced.data.metrics["survivors"]) == ({}, 1)
    assert own_store.outbox.mlflow_ids("mirror-old")[1][run.cell_id] == after


def test_a_run_says_who_asked_for_it_what_trained_it_what_it_learned_from_and_how_it_ended(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    trained = {
        seed: claim_run(own_store, TWO_EPOCHS, seed, "mirror-about", replace(TAKER, code_version="0.1.0+3f2c1ab"))
        for seed in range(2)
    }
    for seed, claim in trained.items():
        own_store.claims.record_dataset(claim, "0123456789abcdef")
        log_epochs(own_store, claim, [0.25, 0.5])
        own_store.claims.finish(claim, Outcome.DIVERGED if seed else Outcome.CONVERGED, 3 if seed else None)
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    mirror.pass_once()
    good, bad = (client.get_run(str(run.mlflow_run_id)) for run in own_store.runs.all("mirror-about"))
    assert [run.info.run_name for run in (good, bad)] == [
        f"seed0-{TWO_EPOCHS.name}",
        f"seed1-{TWO_EPOCHS.name} diverged",
    ]
    assert [run.data.metrics["diverged"] for run in (good, bad)] == [0, 1]
    tags = good.data.tags
    assert tags["mlflow.source.name"] == "evenkeel classification"
    assert (tags["mlflow.source.git.commit"], tags["mlflow.user"]) == ("3f2c1ab", getpass.getuser())
    for run in (good, bad):
        [found] = run.inputs.dataset_inputs
        assert (found.dataset.name, found.dataset.digest) == ("digits", "0123456789abcdef")


def test_the_last_checkpoint_of_a_run_is_one_model_with_its_metrics_however_often_the_run_is_copied(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    claim = claim_run(own_store, TWO_EPOCHS, 0, "mirror-model")
    own_store.claims.record_dataset(claim, "0123456789abcdef")
    log_epochs(own_store, claim, [0.25, 0.5])
    settings = settings_of("w", tmp_path)
    client = MlflowClient(settings.mlflow_url)
    Mirror(own_store, settings).pass_once()
    own_store.claims.record_checkpoint(claim, 2, "/data/checkpoints/r/attempt-1/epoch-0002.pt", "ab" * 32)
    own_store.claims.finish(claim, Outcome.CONVERGED)
    for _ in range(2):
        Mirror(own_store, settings).pass_once()
        copy_again(own_store, claim.run_id)
    [run] = own_store.runs.all("mirror-model")
    experiment_id, _ = own_store.outbox.mlflow_ids("mirror-model")
    [model] = client.search_logged_models([str(experiment_id)])
    assert (model.source_run_id, model.status) == (run.mlflow_run_id, "READY")
    assert model.tags["evenkeel.checkpoint"] == f"runs:/{run.mlflow_run_id}/checkpoints/epoch-0002.pt"
    assert model.params["arch"] == "yolo"
    measured = {metric.key: (metric.value, metric.step, metric.dataset_digest) for metric in model.metrics}
    assert measured["train_accuracy"] == (0.5, 2, "0123456789abcdef")
    copied = client.get_run(str(run.mlflow_run_id))
    assert [output.model_id for output in copied.outputs.model_outputs] == [model.model_id]
    history = client.get_metric_history(str(run.mlflow_run_id), "train_accuracy")
    assert [(point.step, point.value) for point in history] == [(1, 0.25), (2, 0.5)]


def copy_again(store: Store, run_id: str) -> None:
    """Let the mirror look at a run once more, as if it had been killed before it had written down that it did."""
    with store.database.write() as db:
        db.execute(runs.update().where(runs.c.id == run_id).values(version=runs.c.version + 1))


def test_a_run_that_diverged_or_has_no_checkpoint_is_no_model(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    finish_run(own_store, make_cell(), 0, [0.25, 0.5], experiment="mirror-no-model")
    claim = claim_run(own_store, TWO_EPOCHS, 1, "mirror-no-model")
    log_epochs(own_store, claim, [0.25, 0.5])
    own_store.claims.record_checkpoint(claim, 2, "/data/checkpoints/r/attempt-1/epoch-0002.pt", "ab" * 32)
    own_store.claims.finish(claim, Outcome.DIVERGED, 3)
    settings = settings_of("w", tmp_path)
    Mirror(own_store, settings).pass_once()
    experiment_id, _ = own_store.outbox.mlflow_ids("mirror-no-model")
    assert list(MlflowClient(settings.mlflow_url).search_logged_models([str(experiment_id)])) == []


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


def test_a_mirror_that_is_far_behind_does_not_pause_between_its_passes(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror, copied = Mirror(own_store, settings_of("w", tmp_path)), iter([RUNS_A_PASS, RUNS_A_PASS, 3, RUNS_A_PASS])
    monkeypatch.setattr(mirror, "pass_once", lambda: next(copied))
    mirror.catch_up()
    assert list(copied) == [RUNS_A_PASS]


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
