"""Exactly one worker sends a checkpoint to MLflow, and it is one that can read the file."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST
from mlflow.tracking import MlflowClient
from records import claim_run, log_epochs, make_cell, mirrored

from evenkeel.plugins import Outcome
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.checkpoint_files import name_best, write_file
from trainer.tracking import Downloads, Mirror, Uploads
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
    path = here / "checkpoints" / claim.run_id / "attempt-1" / "epoch-0001.pt"
    own_store.claims.record_checkpoint(claim, 1, str(path), write_file(path, b"weights"))
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


SettingsOf = Callable[[str, Path], Settings]


class Trained:
    """A run that trains, and writes a checkpoint whenever the test wants one."""

    def __init__(self, store: Store, settings: Settings, experiment: str) -> None:
        self.store = store
        self.claim = claim_run(store, make_cell(), 0, experiment)
        self.folder = settings.data_dir / "checkpoints" / self.claim.run_id
        self.mirror, self.uploads = Mirror(store, settings), Uploads(store, settings)
        self.client = MlflowClient(settings.mlflow_url)

    def write(self, epoch: int, step: int = 0, content: bytes = b"") -> Path:
        name = f"epoch-{epoch:04d}-step-{step:06d}.pt" if step else f"epoch-{epoch:04d}.pt"
        path = self.folder / "attempt-1" / name
        sha256 = write_file(path, content or f"weights {epoch} {step}".encode())
        assert self.store.claims.record_checkpoint(self.claim, epoch, str(path), sha256, step)
        return path

    def send(self) -> int:
        self.mirror.pass_once()
        return self.uploads.pass_once()

    @property
    def mlflow_run_id(self) -> str:
        run = self.store.runs.find(self.claim.run_id)
        assert run is not None
        return str(run.mlflow_run_id)

    def sent(self) -> list[str]:
        return sorted(Path(found.path).name for found in self.client.list_artifacts(self.mlflow_run_id, "checkpoints"))


@pytest.fixture
def trained(settings_of: SettingsOf, own_store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Trained:
    return Trained(own_store, settings_of("w", tmp_path / "here"), f"uploads-{abs(hash(request.node.name))}")


def test_mlflow_has_the_last_and_the_best_checkpoint_and_no_earlier_one(trained: Trained) -> None:
    for epoch in (1, 2, 3):
        path = trained.write(epoch)
        if epoch == 2:
            name_best(trained.folder, path)
        assert trained.send() == 1
        assert trained.send() == 0
    assert trained.sent() == ["epoch-0002.pt", "epoch-0002.sha256", "epoch-0003.pt", "epoch-0003.sha256"]
    trained.write(3, step=5)
    assert trained.send() == 1, "a checkpoint within an epoch is sent, too"
    assert trained.sent()[2:] == ["epoch-0003-step-000005.pt", "epoch-0003-step-000005.sha256"]


@pytest.mark.parametrize(
    "refusal", [MlflowException("deleted", error_code=RESOURCE_DOES_NOT_EXIST), OSError("500 Server Error")]
)
def test_a_checkpoint_that_mlflow_refuses_is_not_recorded_as_sent_and_tried_again(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    def refuse(*_: object) -> None:
        raise refusal

    trained.write(1)
    trained.mirror.pass_once()
    with monkeypatch.context() as patch:
        patch.setattr(trained.uploads.client, "log_artifact", refuse)
        assert trained.send() == 0
    [run] = trained.store.outbox.unsent_checkpoints()
    assert run.mirrored_checkpoint == 0
    assert trained.send() == 0, "not at once"
    monkeypatch.setattr("trainer.tracking.uploads.time.monotonic", lambda: 1e12)
    assert trained.send() == 1


def test_a_run_goes_on_on_another_machine_with_the_bytes_of_its_last_checkpoint(
    trained: Trained, settings_of: SettingsOf, tmp_path: Path
) -> None:
    for epoch in (1, 2):
        path = trained.write(epoch)
        trained.send()
    there = tmp_path / "there" / trained.claim.run_id
    downloads = Downloads(trained.store, settings_of("other", tmp_path / "there"))
    assert downloads.fetch(trained.claim.run_id, there / "attempt-2")
    assert (there / "attempt-2" / path.name).read_bytes() == path.read_bytes()
    assert not downloads.fetch(trained.claim.run_id, there / "attempt-3"), "it is here already"
    (there / "attempt-2" / path.name).write_bytes(b"flipped")
    assert downloads.fetch(trained.claim.run_id, there / "attempt-3"), "what is here is damaged"
    assert (there / "attempt-3" / path.name).read_bytes() == path.read_bytes()


def test_a_copy_that_is_not_what_was_written_is_not_fetched(
    trained: Trained, settings_of: SettingsOf, tmp_path: Path
) -> None:
    name_best(trained.folder, trained.write(1))
    trained.send()
    last = trained.write(2)
    trained.send()
    last.write_bytes(b"flipped")
    trained.client.log_artifact(trained.mlflow_run_id, str(last), "checkpoints")
    there = tmp_path / "there" / trained.claim.run_id / "attempt-2"
    downloads = Downloads(trained.store, settings_of("other", tmp_path / "there"))
    assert downloads.fetch(trained.claim.run_id, there)
    assert [path.name for path in sorted(there.iterdir())] == ["epoch-0001.pt", "epoch-0001.sha256"]


def test_a_run_without_a_copy_has_nothing_to_fetch(trained: Trained, tmp_path: Path) -> None:
    downloads = Downloads(trained.store, Settings(mlflow_url="http://127.0.0.1:1"))
    assert not downloads.fetch(trained.claim.run_id, tmp_path / "attempt-2")
    assert not downloads.fetch("unknown", tmp_path / "attempt-2")


class Sent:
    """Stands for MLflow's client: remembers the files that it should send."""

    def __init__(self) -> None:
        self.files: list[str] = []

    def log_artifact(self, run_id: str, path: str, folder: str) -> None:
        self.files.append(path)

    def list_artifacts(self, run_id: str, folder: str) -> list[Any]:
        return []


Edit = Callable[[Path, Path], str]


def private(path: Path, secret: Path) -> str:
    return str(secret)


def a_way_round(path: Path, secret: Path) -> str:
    return f"{path.parent}/../../../../{secret.parent.name}/{secret.name}"


def a_link(path: Path, secret: Path) -> str:
    path.unlink()
    path.symlink_to(secret)
    return str(path)


def a_linked_folder(path: Path, secret: Path) -> str:
    (path.parent.parent / "attempt-2").symlink_to(secret.parent)
    return str(path.parent.parent / "attempt-2" / secret.name)


def other_bytes(path: Path, secret: Path) -> str:
    path.write_bytes(secret.read_bytes())
    return str(path)


def another_file_that_is_whole(path: Path, secret: Path) -> str:
    write_file(path.with_name("epoch-0009.pt"), secret.read_bytes())
    return str(path.with_name("epoch-0009.pt"))


@pytest.mark.parametrize(
    "edit", [private, a_way_round, a_link, a_linked_folder, other_bytes, another_file_that_is_whole]
)
def test_a_path_that_was_edited_in_the_store_sends_no_file_but_the_checkpoint_that_was_recorded(
    own_store: Store, tmp_path: Path, edit: Edit
) -> None:
    here, secret = tmp_path / "here", tmp_path / "private" / "epoch-0001.pt"
    write_file(secret, b"the owner's key")
    claim = claim_run(own_store, make_cell(), 0)
    path = here / "checkpoints" / claim.run_id / "attempt-1" / "epoch-0001.pt"
    own_store.claims.record_checkpoint(claim, 1, str(path), write_file(path, b"weights"))
    [run] = own_store.runs.all()
    mirrored(own_store, run, "mlflow-run", 1)
    uploads, client = Uploads(own_store, Settings(mlflow_url="http://127.0.0.1:1", data_dir=here)), Sent()
    uploads.client = client  # type: ignore[assignment]
    with closing(sqlite3.connect(tmp_path / "lab.db")) as db, db:
        db.execute("UPDATE runs SET checkpoint_path = ?", [edit(path, secret)])
    assert (uploads.pass_once(), client.files) == (0, [])
    [run] = own_store.outbox.unsent_checkpoints()
    assert run.mirrored_checkpoint == 0


def test_what_is_best_is_sent_only_from_the_folder_of_the_run(own_store: Store, tmp_path: Path) -> None:
    here, secret = tmp_path / "here", tmp_path / "private" / "epoch-0001.pt"
    write_file(secret, b"the owner's key")
    claim = claim_run(own_store, make_cell(), 0)
    path = here / "checkpoints" / claim.run_id / "attempt-1" / "epoch-0002.pt"
    own_store.claims.record_checkpoint(claim, 2, str(path), write_file(path, b"weights"))
    (path.parent.parent / "attempt-2").symlink_to(secret.parent)
    name_best(path.parent.parent, path.parent.parent / "attempt-2" / "epoch-0001.pt")
    [run] = own_store.runs.all()
    mirrored(own_store, run, "mlflow-run", 2)
    uploads, client = Uploads(own_store, Settings(mlflow_url="http://127.0.0.1:1", data_dir=here)), Sent()
    uploads.client = client  # type: ignore[assignment]
    assert uploads.pass_once() == 1
    assert client.files == [str(path), str(path.with_suffix(".sha256"))]
