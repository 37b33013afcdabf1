"""The mirror: copies what the store holds to MLflow, whenever MLflow is there. The only module that speaks MLflow.

The store's rows are an outbox. A pass takes the runs that changed since they were last mirrored and brings each one up
to date; it is safe to break off anywhere and to repeat, since a metric repeated with its stored timestamp collapses in
MLflow and a run is looked for by its tag before it is made. One mirror works at a time, by a duty in the store.
"""

import logging
import os
import time
from pathlib import Path
from typing import Any

# A pass is repeated anyway: give up on a dead server at once, and never repeat create_run, which would make two.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
os.environ.setdefault("MLFLOW_TRUNCATE_LONG_VALUES", "false")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

import mlflow
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from lab.records import Epoch, Run
from lab.spec import cell_labels
from lab.status import DIAGNOSTICS, METRICS, Status
from lab.store import Store

log = logging.getLogger(__name__)

DUTY = "mirror"
DUTY_SECONDS = 60.0
RUNS_A_PASS = 50
EPOCHS_A_BATCH = 100  # MLflow takes at most 1,000 metrics a call
POSTPONE_SECONDS = 60.0

# Opens the experiment in the UI's view for training, not in the one for language models.
EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}

MLFLOW_STATUS = {
    Status.QUEUED: "SCHEDULED",
    Status.RUNNING: "RUNNING",
    Status.FINISHED: "FINISHED",
    Status.FAILED: "FAILED",
    Status.CANCELLED: "KILLED",
}


class MlflowAway(Exception):
    """The server cannot be reached; nothing is lost, the next pass goes on."""


class Mirror:
    def __init__(self, store: Store, mlflow_url: str, holder: str) -> None:
        mlflow.set_tracking_uri(mlflow_url)
        self.client = MlflowClient(mlflow_url)
        self.store = store
        self.holder = holder
        self._postponed: dict[str, float] = {}

    def pass_once(self) -> int:
        """Bring every changed run up to date, unless another mirror has the duty; how many were.

        Raises MlflowAway. A run that MLflow refuses (deleted there by hand, say) is left for a minute and logged.
        """
        if not self.store.hold_duty(DUTY, self.holder, DUTY_SECONDS):
            return 0
        mirrored = 0
        for run in self.store.unmirrored(RUNS_A_PASS + len(self._postponed)):
            if self._postponed.get(run.id, 0) > time.monotonic():
                continue
            self._postponed.pop(run.id, None)
            try:
                self._mirror(run)
                mirrored += 1
            except MlflowException as error:
                if not error.error_code or error.error_code in ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE"):
                    raise MlflowAway(str(error)) from error
                log.error("run %s: MLflow refuses it, trying again in a minute: %s", run.id, error)
                self._postponed[run.id] = time.monotonic() + POSTPONE_SECONDS
        return mirrored

    def _mirror(self, run: Run) -> None:
        experiment_id, parents = self.store.mlflow_ids(run.experiment)
        parent = parents[run.cell_id]
        if run.attempt == 0:
            # Cancelled before it began: MLflow hears of it only through the cell's status.
            if parent:
                self._update_parent(run, parent)
            return self.store.mark_mirrored(run, None, 0, 0)
        experiment_id = experiment_id or self._make_experiment(run)
        parent = parent or self._make_parent(run, experiment_id)
        new = run.mlflow_run_id is None or run.mirrored_attempt != run.attempt
        mlflow_run_id = self._make_run(run, experiment_id, parent) if new else str(run.mlflow_run_id)
        done = 0 if new else run.mirrored_epoch
        epochs = self.store.epochs([run.id], after=done)[run.id]
        self._log_epochs(mlflow_run_id, epochs)
        checkpoint = self._log_checkpoint(run, mlflow_run_id, 0 if new else run.mirrored_checkpoint)
        self._log_status(run, mlflow_run_id)
        if new or run.status is not Status.RUNNING:
            self._update_parent(run, parent)
        self.store.mark_mirrored(run, mlflow_run_id, epochs[-1].epoch if epochs else done, checkpoint)

    def _make_experiment(self, run: Run) -> str:
        found = self.client.get_experiment_by_name(run.experiment)
        if found is None:
            experiment_id = self.client.create_experiment(run.experiment, tags=EXPERIMENT_TAGS)
        else:
            experiment_id = found.experiment_id
            if found.lifecycle_stage == "deleted":
                self.client.restore_experiment(experiment_id)
        self.store.set_mlflow_experiment(run.experiment, experiment_id)
        return experiment_id

    def _make_parent(self, run: Run, experiment_id: str) -> str:
        """The run of a cell, under which its seeds are nested."""
        tag = f"{run.experiment}/{run.cell_hash}"
        found = self._search(experiment_id, "evenkeel.parent_of", tag)
        tags = {"evenkeel.parent_of": tag, "evenkeel.experiment": run.experiment, "evenkeel.cell_hash": run.cell_hash}
        parent = found[0] if found else self._create(experiment_id, run.cell_hash, run.created_ms, tags)
        self.client.log_batch(parent, params=_params(run.levels))
        self.store.set_mlflow_parent(run.cell_id, parent)
        return parent

    def _update_parent(self, run: Run, parent: str) -> None:
        """Its name, which grows when the experiment gets a new factor, and whether its seeds are done."""
        statuses = {other.status for other in self.store.runs(cell_ids=[run.cell_id])}
        going = statuses & {Status.QUEUED, Status.RUNNING}
        label = self._label(run)
        self.client.update_run(parent, "RUNNING" if going else "FINISHED", label)
        self.client.set_tag(parent, "evenkeel.cell", label)

    def _label(self, run: Run) -> str:
        """Its cell's name among the cells of its experiment."""
        cells = self.store.cells(run.experiment)
        labels = cell_labels([cell for _, _, cell in cells])
        return next(label for (cell_id, _, _), label in zip(cells, labels, strict=True) if cell_id == run.cell_id)

    def _make_run(self, run: Run, experiment_id: str, parent: str) -> str:
        """The MLflow run of this attempt. Those of earlier attempts are deleted, so that a run stands there once."""
        mine = None
        for found in self._search(experiment_id, "evenkeel.run_id", run.id):
            if self.client.get_run(found).data.tags.get("evenkeel.attempt") == str(run.attempt) and mine is None:
                mine = found
            else:
                self.client.delete_run(found)
        label = self._label(run)
        tags = {
            "mlflow.parentRunId": parent,
            "evenkeel.run_id": run.id,
            "evenkeel.experiment": run.experiment,
            "evenkeel.cell": label,
            "evenkeel.cell_hash": run.cell_hash,
            "evenkeel.seed": str(run.seed),
            "evenkeel.attempt": str(run.attempt),
            "evenkeel.code_version": str(run.code_version),
        }
        started_ms = run.started_ms or run.created_ms
        mlflow_run_id = mine or self._create(experiment_id, f"seed{run.seed}-{label}", started_ms, tags)
        self.client.log_batch(mlflow_run_id, params=_params({**run.levels, "seed": run.seed}))
        return mlflow_run_id

    def _create(self, experiment_id: str, name: str, start_ms: int, tags: dict[str, str]) -> str:
        made = self.client.create_run(experiment_id, start_time=start_ms, tags=tags, run_name=name)
        return str(made.info.run_id)

    def _search(self, experiment_id: str, tag: str, value: str) -> list[str]:
        found = self.client.search_runs([experiment_id], f"tags.`{tag}` = '{value}'", ViewType.ACTIVE_ONLY)
        return [str(run.info.run_id) for run in found]

    def _log_epochs(self, mlflow_run_id: str, epochs: list[Epoch]) -> None:
        for start in range(0, len(epochs), EPOCHS_A_BATCH):
            batch = epochs[start : start + EPOCHS_A_BATCH]
            metrics = [
                Metric(name, value, epoch.logged_ms, epoch.epoch)
                for epoch in batch
                for name in (*METRICS, "epoch_seconds", *DIAGNOSTICS)
                if (value := getattr(epoch, name)) is not None
            ]
            self.client.log_batch(mlflow_run_id, metrics=metrics)

    def _log_checkpoint(self, run: Run, mlflow_run_id: str, mirrored: int) -> int:
        """Upload the newest checkpoint if it is not there yet; the epoch of the newest one there."""
        if not run.checkpoint_epoch or run.checkpoint_epoch <= mirrored:
            return mirrored
        path = Path(str(run.checkpoint_path))
        if not path.exists():
            log.warning("run %s: checkpoint %s is not on this machine", run.id, path)
            return mirrored
        self.client.log_artifact(mlflow_run_id, str(path), "checkpoints")
        self.client.log_artifact(mlflow_run_id, str(path.with_suffix(".sha256")), "checkpoints")
        return run.checkpoint_epoch

    def _log_status(self, run: Run, mlflow_run_id: str) -> None:
        tags: dict[str, Any] = {
            "evenkeel.status": run.status,
            "evenkeel.outcome": run.outcome,
            "evenkeel.diverged_epoch": run.diverged_epoch,
            "evenkeel.error": run.error,
        }
        present = [RunTag(key, str(value)) for key, value in tags.items() if value is not None]
        params = _params({"dataset_hash": run.dataset_hash}) if run.dataset_hash else []
        self.client.log_batch(mlflow_run_id, params=params, tags=present)
        if run.ended_ms is not None:
            self.client.set_terminated(mlflow_run_id, MLFLOW_STATUS[run.status], run.ended_ms)
        else:
            self.client.update_run(mlflow_run_id, MLFLOW_STATUS[run.status])


def _params(values: dict[str, Any]) -> list[Param]:
    return [Param(name, str(value)) for name, value in values.items()]
