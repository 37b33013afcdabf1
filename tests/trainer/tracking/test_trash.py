"""MLflow's copy of a deleted experiment goes to MLflow's trash, and a new experiment of that name has its own copy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from records import finish_run, make_cell

from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.tracking import Mirror, MlflowAway
from trainer.tracking.trash import Trash

CELL = make_cell()


def test_a_deleted_experiment_is_in_the_trash_with_its_runs_and_one_posted_again_starts_afresh(
    settings_of: Callable[[str, Path], Settings], own_store: Store, tmp_path: Path
) -> None:
    mirror = Mirror(own_store, settings_of("w", tmp_path))
    finish_run(own_store, CELL, 0, [0.1, 0.2, 0.3], experiment="trashed")
    mirror.pass_once()
    before = own_store.outbox.mlflow_ids("trashed")[0]
    own_store.deletions.delete("trashed")
    finish_run(own_store, CELL, 1, [0.4, 0.5, 0.6], experiment="trashed")
    assert mirror.pass_once() == 1
    client = MlflowClient(settings_of("w", tmp_path).mlflow_url)
    old = client.get_experiment(str(before))
    assert old.lifecycle_stage == "deleted"
    assert old.name.startswith("trashed (deleted ")
    fresh = client.get_experiment_by_name("trashed")
    assert fresh is not None
    runs = client.search_runs([fresh.experiment_id])
    assert {run.data.tags.get("evenkeel.seed") for run in runs} == {None, "1"}
    client.restore_experiment(str(before))
    assert "0" in {run.data.tags.get("evenkeel.seed") for run in client.search_runs([str(before)])}
    assert own_store.deletions.untrashed() == []


class Mlflow:
    """MLflow's client, which fails as often as it is told."""

    def __init__(self, *errors: MlflowException | None) -> None:
        self.errors, self.done = list(errors), list[str]()

    def get_experiment(self, experiment_id: str) -> Any:
        if self.errors and (error := self.errors.pop(0)):
            raise error
        return type("Found", (), {"lifecycle_stage": "deleted" if "delete" in self.done else "active"})

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        self.done.append(f"rename to {name.partition(' ')[0]}")

    def delete_experiment(self, experiment_id: str) -> None:
        self.done.append("delete")


def refused(code: str) -> MlflowException:
    error = MlflowException("no")
    error.error_code = code
    return error


@pytest.fixture
def deleted(own_store: Store) -> Store:
    own_store.grids.ensure("exp", [CELL], [0])
    own_store.outbox.set_mlflow_experiment("exp", "7")
    own_store.deletions.delete("exp")
    return own_store


def test_an_mlflow_that_is_away_is_waited_for(deleted: Store) -> None:
    client = Mlflow(refused("INTERNAL_ERROR"))
    trash = Trash(client, deleted)  # type: ignore[arg-type]
    with pytest.raises(MlflowAway):
        trash.pass_once()
    assert (trash.pass_once(), trash.pass_once(), client.done) == (1, 0, ["rename to exp", "delete"])


def test_a_copy_that_somebody_has_purged_is_done_with(deleted: Store) -> None:
    client = Mlflow(refused("RESOURCE_DOES_NOT_EXIST"))
    assert Trash(client, deleted).pass_once() == 1  # type: ignore[arg-type]
    assert (client.done, deleted.deletions.untrashed()) == ([], [])


def test_a_refusal_is_logged_and_tried_again_after_a_minute(deleted: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    trash = Trash(Mlflow(refused("PERMISSION_DENIED")), deleted)  # type: ignore[arg-type]
    assert [trash.pass_once(), trash.pass_once()] == [0, 0]
    monkeypatch.setattr("trainer.tracking.trash.POSTPONE_SECONDS", 0.0)
    trash._postponed.clear()
    assert trash.pass_once() == 1
