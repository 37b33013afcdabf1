"""What a worker's machine does is a metric of the runs that it trains, as MLflow's pages expect it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mlflow.tracking import MlflowClient
from records import TAKER, claim_run, finish_run, make_cell

from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.tracking import Mirror, SystemMetrics

SettingsOf = Callable[[str, Path], Settings]


def test_the_runs_that_a_worker_trains_get_what_its_machine_does_and_no_others_do(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    mine = claim_run(own_store, make_cell(), 0, "system", replace(TAKER, worker="w"))
    theirs = claim_run(own_store, make_cell(), 1, "system", replace(TAKER, worker="other"))
    ended = finish_run(own_store, make_cell(), 2, [0.5], experiment="system")
    settings = settings_of("w", tmp_path)
    system, client = SystemMetrics(own_store, settings), MlflowClient(settings.mlflow_url)
    assert system.pass_once() == 0, "MLflow has no run yet"
    Mirror(own_store, settings).pass_once()
    assert [system.pass_once(), system.pass_once()] == [1, 1]
    found = {run.id: client.get_run(str(run.mlflow_run_id)).data.metrics for run in own_store.runs.all("system")}
    names = {"cpu_utilization_percentage", "system_memory_usage_megabytes", "disk_usage_percentage"}
    assert {f"system/{name}" for name in names} <= found[mine.run_id].keys()
    assert found[mine.run_id]["system/system_memory_usage_megabytes"] > 0
    for other in (theirs.run_id, ended):
        assert not [name for name in found[other] if name.startswith("system/")]


def test_a_run_that_somebody_deleted_in_mlflow_does_not_end_the_sampling_of_others(
    settings_of: SettingsOf, own_store: Store, tmp_path: Path
) -> None:
    claims = [claim_run(own_store, make_cell(), seed, "system-gone", replace(TAKER, worker="w")) for seed in (0, 1)]
    settings = settings_of("w", tmp_path)
    client = MlflowClient(settings.mlflow_url)
    Mirror(own_store, settings).pass_once()
    first, second = (str(run.mlflow_run_id) for run in own_store.runs.all("system-gone"))
    client.delete_run(first)
    assert SystemMetrics(own_store, settings).pass_once() == len(claims)
    assert "system/disk_usage_percentage" in client.get_run(second).data.metrics
