"""What the mirror and the uploads leave to others, against a real MLflow."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient
from records import claim_run, finish_run, log_epochs, make_cell
from services import RunningStack

from lab.settings import Settings
from lab.status import Outcome
from lab.store import Store
from lab.store.schema import cells
from trainer.tracking import Mirror, Uploads
from trainer.tracking.uploads import folder_id


@pytest.fixture
def own_store(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path}/lab.db")
    store.migrate()
    return store


def settings_of(stack: RunningStack, worker: str, folder: Path) -> Settings:
    return Settings(mlflow_url=stack.mlflow_url, worker_name=worker, data_dir=folder)


def test_a_folder_has_one_name_however_many_workers_open_it_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        names = set(pool.map(folder_id, [tmp_path / "shared"] * 64))
    [name] = names
    assert len(name) == 16
    assert folder_id(tmp_path / "other") != name
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["folder-id"]


def test_a_checkpoint_is_sent_once_by_a_worker_that_can_read_it(
    stack: RunningStack, own_store: Store, tmp_path: Path
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    claim = claim_run(own_store, make_cell(), 0, "sent-by-one")
    log_epochs(own_store, claim, [0.5])
    path = here / "epoch-0001.pt"
    here.mkdir()
    path.write_bytes(b"weights")
    path.with_suffix(".sha256").write_text("hash")
    own_store.record_checkpoint(claim, 1, str(path), "hash")
    own_store.finish(claim, Outcome.CONVERGED)
    one, two = (Uploads(own_store, settings_of(stack, name, here)) for name in ("one", "two"))
    assert one.pass_once() == 0, "before the mirror has made its run there is nowhere to send it"
    Mirror(own_store, settings_of(stack, "one", here)).pass_once()
    path.rename(here / "away")
    assert Uploads(own_store, settings_of(stack, "far", elsewhere)).pass_once() == 0
    (here / "away").rename(path)
    assert own_store.hold_duty(f"checkpoints-{folder_id(here)}", "two", 60)
    assert one.pass_once() == 0, "two, which shares the folder, is at it"
    assert two.pass_once() == 1
    assert two.pass_once() == 0
    [run] = own_store.runs("sent-by-one")
    sent = MlflowClient(stack.mlflow_url).list_artifacts(str(run.mlflow_run_id), "checkpoints")
    assert sorted(artifact.path for artifact in sent) == ["checkpoints/epoch-0001.pt", "checkpoints/epoch-0001.sha256"]


def test_a_run_that_only_a_newer_version_can_read_keeps_no_other_from_mlflow(
    stack: RunningStack, own_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    finish_run(own_store, make_cell(), 0, [0.5], experiment="mirror-newer")
    with own_store.engine.begin() as db:
        db.execute(cells.update().values(levels={"arch": "mamba", "norm": "none", "init": "he"}))
    finish_run(own_store, make_cell("resnet"), 0, [0.5], experiment="mirror-known")
    mirror = Mirror(own_store, settings_of(stack, "w", tmp_path))
    with caplog.at_level(logging.ERROR):
        assert mirror.pass_once() == 1
    assert "a newer version stored this cell" in caplog.text
    assert [run.mlflow_run_id is not None for run in own_store.runs("mirror-known")] == [True]
