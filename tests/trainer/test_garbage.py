"""What is removed from the disk: only what nobody needs."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from records import TAKER, claim_run, finish_run, log_epochs, make_cell

from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim
from evenkeel.records.rows import Run
from evenkeel.settings import Settings, get_settings
from evenkeel.store import Store
from trainer.garbage import collect, main

CELL = make_cell()


def in_mlflow(run: Run, files: Sequence[Path]) -> bool:
    """MLflow has every copy of which the store says so."""
    return True


def write(tmp_path: Path, claim: Claim, *epochs: int, best: int = 0) -> Path:
    """Write checkpoints of 1,000 bytes. Returns the folder of the run."""
    folder = tmp_path / "checkpoints" / claim.run_id
    attempt = folder / f"attempt-{claim.attempt}"
    attempt.mkdir(parents=True)
    for epoch in epochs:
        (attempt / f"epoch-{epoch:04d}.pt").write_bytes(b"w" * 1000)
        (attempt / f"epoch-{epoch:04d}.sha256").write_text("hash")
    if best:
        (folder / "best").write_text(f"{attempt.name}/epoch-{best:04d}.pt\n")
    return folder


def trained(store: Store, tmp_path: Path, seed: int = 0, finish: bool = True) -> tuple[Claim, Path]:
    """A run with the checkpoints of epochs 1 to 3, of which the first is the best."""
    log_epochs(store, claim := claim_run(store, CELL, seed), [0.5, 0.4, 0.3])
    folder = write(tmp_path, claim, 1, 2, 3, best=1)
    path = folder / f"attempt-{claim.attempt}" / "epoch-0003.pt"
    store.claims.record_checkpoint(claim, 3, str(path), "hash")
    if finish:
        store.claims.finish(claim, Outcome.CONVERGED)
    return claim, folder


def copy_to_mlflow(store: Store) -> None:
    """As if MLflow had every run, and its newest checkpoint."""
    for run in store.runs.all():
        store.outbox.set_mlflow_run(run, "m" * 32)
        store.outbox.mark_mirrored(run, "m" * 32, run.num_epochs)
    for run in store.outbox.unsent_checkpoints():
        store.outbox.mark_checkpoint(run)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.pt"))


@pytest.mark.parametrize(
    ("kept", "files"), [("best", ["epoch-0001.pt", "epoch-0003.pt"]), ("last", ["epoch-0003.pt"]), ("none", [])]
)
def test_the_setting_says_what_is_kept_of_a_finished_run(
    own_store: Store, tmp_path: Path, kept: str, files: list[str]
) -> None:
    _, folder = trained(own_store, tmp_path)
    settings = Settings(data_dir=tmp_path, checkpoints=kept)  # type: ignore[arg-type]
    assert collect(own_store, settings, in_mlflow) >= 1000 * (3 - len(files))
    assert left(folder) == files
    assert collect(own_store, settings, in_mlflow) == 0


@pytest.mark.parametrize("ending", ["running", "paused", "failed", "cancelled", "queued"])
def test_a_run_that_may_still_train_keeps_everything(own_store: Store, tmp_path: Path, ending: str) -> None:
    claim, folder = trained(own_store, tmp_path, finish=False)
    if ending in ("paused", "cancelled"):
        (own_store.experiments.pause if ending == "paused" else own_store.experiments.cancel)("exp")
    if ending == "failed":
        own_store.claims.fail(claim, Reason.ERROR, "broken")
    elif ending != "running":
        own_store.claims.release(claim)
    run = own_store.runs.find(claim.run_id)
    assert run is not None
    assert run.status == ending
    copy_to_mlflow(own_store)
    assert collect(own_store, Settings(data_dir=tmp_path, checkpoints="none"), in_mlflow) == 0
    assert len(left(folder)) == 3


def test_what_mlflow_has_of_a_finished_run_goes_and_what_it_has_not_stays(own_store: Store, tmp_path: Path) -> None:
    _, copied = trained(own_store, tmp_path, 0)
    copy_to_mlflow(own_store)
    _, not_yet = trained(own_store, tmp_path, 1)
    collect(own_store, Settings(data_dir=tmp_path), in_mlflow)
    assert (copied.exists(), left(not_yet)) == (False, ["epoch-0001.pt", "epoch-0003.pt"])


def test_a_copy_that_mlflow_has_lost_keeps_the_files_here(own_store: Store, tmp_path: Path) -> None:
    _, folder = trained(own_store, tmp_path)
    copy_to_mlflow(own_store)
    asked: list[list[str]] = []

    def has(run: Run, files: Sequence[Path]) -> bool:
        asked.append(sorted(path.name for path in files))
        return False

    collect(own_store, Settings(data_dir=tmp_path), has)
    assert left(folder) == ["epoch-0001.pt", "epoch-0003.pt"]
    assert asked == [left(folder)]


def test_an_attempt_on_another_machine_leaves_nothing_behind_once_the_run_has_finished(
    own_store: Store, tmp_path: Path
) -> None:
    first = claim_run(own_store, CELL, 0)
    folder = write(tmp_path, first, 2)
    own_store.claims.release(first)
    second = own_store.claims.take(TAKER, 60)
    assert second is not None
    log_epochs(own_store, second, [0.1, 0.2, 0.3])
    elsewhere = f"/elsewhere/checkpoints/{second.run_id}/attempt-2/epoch-0003.pt"
    own_store.claims.record_checkpoint(second, 3, elsewhere, "hash")
    own_store.claims.finish(second, Outcome.CONVERGED)
    collect(own_store, Settings(data_dir=tmp_path), in_mlflow)
    assert left(folder) == []


def test_checkpoints_of_deleted_runs_go_and_those_of_unknown_runs_and_other_files_stay(
    own_store: Store, tmp_path: Path
) -> None:
    _, deleted = trained(own_store, tmp_path)
    own_store.deletions.delete("exp")
    unknown, other = tmp_path / "checkpoints" / ("a" * 32), tmp_path / "checkpoints" / "notes"
    for folder in (unknown, other):
        folder.mkdir()
        (folder / "mine.pt").write_bytes(b"1")
    (tmp_path / "checkpoints" / ("b" * 32)).symlink_to(tmp_path)
    assert collect(own_store, Settings(data_dir=tmp_path), in_mlflow) > 3000
    assert (deleted.exists(), left(unknown), left(other)) == (False, ["mine.pt"], ["mine.pt"])
    assert (tmp_path / "lab.db").exists()


@pytest.fixture
def gc(
    own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs `evenkeel gc` with some options, and returns what it prints."""
    monkeypatch.setenv("EVENKEEL_DATABASE_URL", f"sqlite:///{tmp_path}/lab.db")
    monkeypatch.setenv("EVENKEEL_DATA_DIR", str(tmp_path))

    def run(*options: str) -> str:
        get_settings.cache_clear()
        try:
            assert main(options) == 0
        finally:
            get_settings.cache_clear()
        return capsys.readouterr().out

    return run


def test_the_command_says_what_it_removed_and_asks_before_it_removes_what_it_does_not_know(
    own_store: Store, tmp_path: Path, gc: Callable[..., str]
) -> None:
    assert gc() == "nothing to remove\n"
    finish_run(own_store, CELL, 1, [0.1])
    _, folder = trained(own_store, tmp_path)
    unknown = tmp_path / "checkpoints" / ("a" * 32)
    unknown.mkdir()
    (unknown / "x.pt").write_bytes(b"x" * 2_000_000)
    own_store.deletions.delete("exp")
    assert gc("--dry-run").startswith("would remove 0.0 MB of checkpoints of deleted runs\n")
    assert folder.exists()
    assert gc().splitlines() == [
        "removed 0.0 MB of checkpoints of deleted runs",
        "kept 2.0 MB of checkpoints of runs that the store does not know; --unknown removes them",
    ]
    assert unknown.exists()
    assert gc("--unknown") == "removed 2.0 MB of checkpoints of runs that the store does not know\n"
    assert not unknown.exists()


def test_a_path_that_leads_elsewhere_removes_nothing_there(own_store: Store, tmp_path: Path) -> None:
    claim, _ = trained(own_store, tmp_path, finish=False)
    elsewhere = write(tmp_path / "private", claim, 3) / f"attempt-{claim.attempt}" / "epoch-0003.pt"
    own_store.claims.record_checkpoint(claim, 3, str(elsewhere), "hash")
    own_store.claims.finish(claim, Outcome.CONVERGED)
    copy_to_mlflow(own_store)
    assert collect(own_store, Settings(data_dir=tmp_path), in_mlflow) > 0
    assert elsewhere.read_bytes() == b"w" * 1000
