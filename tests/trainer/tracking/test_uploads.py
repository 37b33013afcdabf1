"""Exactly one worker sends a checkpoint to MLflow, and it is one that can read the file."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mlflow.tracking import MlflowClient
from records import claim_run, log_epochs, make_cell

from evenkeel.lab.store import Store
from evenkeel.plugins import Outcome
from evenkeel.settings import Settings
from trainer.tracking import Mirror, Uploads
from trainer.tracking.uploads import folder_id


def test_a_folder_has_one_name_however_many_workers_open_it_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        names = set(pool.map(folder_id, [tmp_path / "shared"] * 64))
    [name] = names
    assert len(name) == 16
    assert folder_id(tmp_path / "other") != name
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["folder-id"]


def test_a_checkpoint_is_sent_once_by_a_worker_that_can_read_it(
    settings_of: Callable[[str, Path], Settings], own_store: Store, tmp_path: Path
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    claim = claim_run(own_store, make_cell(), 0, "sent-by-one")
    log_epochs(own_store, claim, [0.5])
    path = here / "epoch-0001.pt"
    here.mkdir()
    path.write_bytes(b"weights")
    path.with_suffix(".sha256").write_text("hash")
    own_store.claims.record_checkpoint(claim, 1, str(path), "hash")
    own_store.claims.finish(claim, Outcome.COLLAPSED)
    one, two = (Uploads(own_store, settings_of(name, here)) for name in ("one", "two"))
    assert one.pass_once() == 0, "before the mirror has made its run there is nowhere to send it"
    Mirror(own_store, settings_of("one", here)).pass_once()
    path.rename(here / "away")
    assert Uploads(own_store, settings_of("far", elsewhere)).pass_once() == 0
    (here / "away").rename(path)
    assert own_store.duties.hold(f"checkpoints-{folder_id(here)}", "two", 60)
    assert one.pass_once() == 0, "two, which shares the folder, is at it"
    assert two.pass_once() == 1
    assert two.pass_once() == 0
    [run] = own_store.runs.all("sent-by-one")
    sent = MlflowClient(settings_of("one", here).mlflow_url).list_artifacts(str(run.mlflow_run_id), "checkpoints")
    assert sorted(artifact.path for artifact in sent) == ["checkpoints/epoch-0001.pt", "checkpoints/epoch-0001.sha256"]
