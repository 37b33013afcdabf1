"""However many attempts a run takes, MLflow has one copy of it, with one value for each step of a metric."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient
from records import TAKER, claim_run, make_cell

from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim
from evenkeel.records.rows import Epoch
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.tracking import Mirror
from trainer.tracking.calls import Steps

SettingsOf = Callable[[str, Path], Settings]
CPU = {"torch": "2.9.0+cpu", "device": "cpu", "driver": "", "cpu_capability": "AVX2", "threads": "1"}


def train(store: Store, claim: Claim, epochs: range, at_ms: int, scale: float = 1.0) -> None:
    for number in epochs:
        values = {"train_loss": scale / number, "val_loss": 2 * scale / number}
        assert store.claims.append_epoch(claim, Epoch(claim.run_id, number, values, at_ms / 1000, at_ms + number))


def again(store: Store, claim: Claim, epoch: int, arithmetic: dict[str, str]) -> Claim:
    """The child dies, and another worker takes the run and begins at this epoch."""
    assert store.claims.crash(claim, Reason.DIED, "killed", max_crashes=9)
    found = store.claims.take(TAKER, 60)
    assert found is not None
    assert found.run_id == claim.run_id
    assert store.claims.begin(found, epoch, 0, "", arithmetic)
    return found


def copies(client: MlflowClient, store: Store, run_id: str, view: int = ViewType.ACTIVE_ONLY) -> list[str]:
    run = store.runs.find(run_id)
    assert run is not None
    experiment_id, _ = store.outbox.mlflow_ids(run.experiment)
    found = client.search_runs([str(experiment_id)], f"tags.`evenkeel.run_id` = '{run_id}'", view)
    return [each.info.run_id for each in found]


def test_a_resumed_run_goes_on_in_the_same_copy_with_one_value_for_each_step(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    claim = claim_run(own_store, make_cell(epochs=6), 0, "mirror-resumed")
    own_store.claims.begin(claim, 0, 0, "", CPU)
    train(own_store, claim, range(1, 5), at_ms=1_000)
    mirror.pass_once()
    [copy] = copies(client, own_store, claim.run_id)
    claim = again(own_store, claim, 2, CPU | {"threads": "2"})
    mirror.pass_once()
    train(own_store, claim, range(3, 7), at_ms=2_000)
    own_store.claims.finish(claim, Outcome.CONVERGED)
    mirror.pass_once()
    assert copies(client, own_store, claim.run_id, ViewType.ALL) == [copy], "nothing was deleted and made anew"
    for metric in ("train_loss", "val_loss", "epoch_seconds"):
        history = client.get_metric_history(copy, metric)
        assert [point.step for point in history] == [1, 2, 3, 4, 5, 6]
    assert [point.timestamp for point in history] == [1001, 1002, 1003, 1004, 2005, 2006]
    tags = client.get_run(copy).data.tags
    assert {name: tags[f"evenkeel.{name}"] for name in ("attempt", "torch", "device", "cpu_capability", "threads")} == {
        "attempt": "2",
        "torch": "2.9.0+cpu",
        "device": "cpu",
        "cpu_capability": "AVX2",
        "threads": "2",
    }
    assert (tags["evenkeel.status"], tags["evenkeel.error"]) == ("finished", ""), "the first attempt was killed"


def test_a_run_that_starts_again_with_another_arithmetic_gets_a_new_copy_and_the_old_one_goes(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    claim = claim_run(own_store, make_cell(), 0, "mirror-anew")
    own_store.claims.begin(claim, 0, 0, "", CPU)
    train(own_store, claim, range(1, 3), at_ms=1_000)
    mirror.pass_once()
    [before] = copies(client, own_store, claim.run_id)
    claim = again(own_store, claim, 0, CPU | {"cpu_capability": "AVX512"})
    train(own_store, claim, range(1, 4), at_ms=2_000, scale=1.5)
    mirror.pass_once()
    [after] = copies(client, own_store, claim.run_id)
    assert after != before
    assert [point.value for point in client.get_metric_history(after, "train_loss")] == [1.5, 0.75, 0.5]
    assert set(copies(client, own_store, claim.run_id, ViewType.DELETED_ONLY)) == {before}


def test_an_epoch_that_is_measured_otherwise_while_it_is_copied_is_not_left_in_mlflow(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    claim = claim_run(own_store, make_cell(), 0, "mirror-meanwhile")
    own_store.claims.begin(claim, 0, 0, "", CPU)
    train(own_store, claim, range(1, 3), at_ms=1_000)
    log = mirror.one_pass.copies.log

    def start_again_meanwhile(*arguments: Any, **named: Any) -> Steps[None]:
        yield from log(*arguments, **named)
        monkeypatch.undo()
        train(own_store, again(own_store, claim, 1, CPU), range(2, 4), at_ms=2_000, scale=1.5)

    monkeypatch.setattr(mirror.one_pass.copies, "log", start_again_meanwhile)
    mirror.pass_once()
    mirror.pass_once()
    [copy] = copies(client, own_store, claim.run_id)
    assert [point.value for point in client.get_metric_history(copy, "train_loss")] == [1.0, 0.75, 0.5]


@pytest.mark.parametrize("goes_on", ["the same attempt", "another attempt"])
def test_a_pass_that_was_killed_after_it_created_a_run_leaves_no_second_one(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, goes_on: str
) -> None:
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    claim = claim_run(own_store, make_cell(), 0, f"mirror-killed-{len(goes_on)}")
    own_store.claims.begin(claim, 0, 0, "", CPU)
    train(own_store, claim, range(1, 3), at_ms=1_000)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    for record in ("set_mlflow_parent", "set_mlflow_run"):
        monkeypatch.setattr(own_store.outbox, record, die)
        with pytest.raises(KeyboardInterrupt):
            mirror.pass_once()
        monkeypatch.undo()
    held = claim if goes_on == "the same attempt" else again(own_store, claim, 2, CPU)
    train(own_store, held, range(3, 4), at_ms=2_000)
    Mirror(own_store, settings).pass_once()
    [copy] = copies(client, own_store, claim.run_id, ViewType.ALL)
    assert [point.step for point in client.get_metric_history(copy, "train_loss")] == [1, 2, 3]
    experiment_id, [parent] = experiment_of(own_store, claim)
    assert len(client.search_runs([experiment_id], run_view_type=ViewType.ALL)) == 2, "the run and its cell"
    assert client.get_run(copy).data.tags["mlflow.parentRunId"] == parent


def experiment_of(store: Store, claim: Claim) -> tuple[str, list[str | None]]:
    """MLflow's id of the experiment of a claim, and those of its cells."""
    run = store.runs.find(claim.run_id)
    assert run is not None
    experiment_id, parents = store.outbox.mlflow_ids(run.experiment)
    return str(experiment_id), list(parents.values())


def test_a_mirror_that_has_lost_its_duty_sends_nothing_more(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    claim = claim_run(own_store, make_cell(), 0, "mirror-lost")
    train(own_store, claim, range(1, 3), at_ms=1_000)
    make = mirror.one_pass.copies.make

    def lose_meanwhile(*arguments: Any, **named: Any) -> Steps[str]:
        made = yield from make(*arguments, **named)
        monkeypatch.setattr(own_store.duties, "hold", lambda *_: False)
        return made

    monkeypatch.setattr(mirror.one_pass.copies, "make", lose_meanwhile)
    assert mirror.pass_once() == 0
    [copy] = copies(client, own_store, claim.run_id)
    assert client.get_run(copy).data.metrics == {}
    monkeypatch.undo()
    assert Mirror(own_store, settings).pass_once() == 1
    assert copies(client, own_store, claim.run_id) == [copy]
    assert [point.step for point in client.get_metric_history(copy, "train_loss")] == [1, 2]


def test_a_copy_that_somebody_deleted_in_mlflow_is_made_anew_with_the_next_attempt(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    settings = settings_of("w", tmp_path)
    mirror, client = Mirror(own_store, settings), MlflowClient(settings.mlflow_url)
    claim = claim_run(own_store, make_cell(), 0, "mirror-by-hand")
    own_store.claims.begin(claim, 0, 0, "", CPU)
    train(own_store, claim, range(1, 3), at_ms=1_000)
    mirror.pass_once()
    client.delete_run(copies(client, own_store, claim.run_id)[0])
    train(own_store, again(own_store, claim, 2, CPU), range(3, 4), at_ms=2_000)
    mirror.pass_once()
    mirror.pass_once()
    [copy] = copies(client, own_store, claim.run_id)
    assert [point.step for point in client.get_metric_history(copy, "train_loss")] == [1, 2, 3]
