"""The copies of runs in MLflow: one for each run, however many attempts it takes."""

from collections.abc import Sequence

from mlflow.entities import Metric, RunTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.tracking import MlflowClient

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.store import Store
from trainer.tracking.logged_models import LoggedModels
from trainer.tracking.server import MLFLOW_STATUS, create_run, log_all, search_runs, to_params
from trainer.tracking.words import Users, commit_tags, describe_run, origin_tags, run_name

# A metric of every run that ended: 1 if it diverged, else 0.
DIVERGED = "diverged"


class RunCopies:
    """
    Args:
        public_url: The address of the lab for a browser; None if there is none.
    """

    def __init__(self, client: MlflowClient, store: Store, public_url: str | None = None) -> None:
        self.client = client
        self.store, self._public_url = store, public_url
        self._models = LoggedModels(client)
        self._users = Users(lambda: {key.id: key.name for key in store.keys.all()})

    def is_active(self, mlflow_run_id: str) -> bool:
        """Whether the copy exists and nobody has deleted it in MLflow."""
        try:
            return bool(self.client.get_run(mlflow_run_id).info.lifecycle_stage == "active")
        except MlflowException as error:
            if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                return False
            raise

    def make(self, run: Run, experiment_id: str, parent: str) -> str:
        """Create the copy of a run, or find the one that an interrupted pass created. Returns its id in MLflow.

        Copies with other epochs than the run has now are deleted, so that MLflow has each run once.
        """
        mine = None
        for found in search_runs(self.client, experiment_id, "evenkeel.run_id", run.id):
            if mine is None and not self.client.get_run(found).data.metrics:
                mine = found
            else:
                self._models.delete(found, experiment_id)
                self.client.delete_run(found)
        tags = {
            "mlflow.parentRunId": parent,
            "evenkeel.run_id": run.id,
            "evenkeel.experiment": run.experiment,
            "evenkeel.cell": run.cell_name,
            "evenkeel.cell_hash": run.cell_hash,
            "evenkeel.seed": str(run.seed),
            "mlflow.note.content": describe_run(run, self._public_url),
            **origin_tags(run, self._users.of(run.posted_by)),
            **({"evenkeel.plugins": run.plugins} if run.plugins else {}),
        }
        started_ms = run.started_ms or run.created_ms
        mlflow_run_id = mine or create_run(self.client, experiment_id, run_name(run), started_ms, tags)
        self.store.outbox.set_mlflow_run(run, mlflow_run_id)
        return mlflow_run_id

    def log(self, run: Run, mlflow_run_id: str, points: Sequence[Metric], is_complete: bool) -> None:
        """Bring a copy up to date: its metrics, its status, and the tags of the run's current attempt.

        Args:
            points: What MLflow does not have yet.
            is_complete: Whether an earlier pass has logged the params.
        """
        attempts = self.store.runs.attempts(run.id)
        arithmetic = (attempts[-1].arithmetic if attempts else None) or {}
        about_the_end = {"outcome": run.outcome, "diverged_epoch": run.diverged_epoch, "error": run.error}
        tags = {
            **arithmetic,
            "attempt": run.attempt,
            "code_version": run.code_version,
            "status": run.status,
            # An earlier attempt may have ended otherwise.
            **{name: value for name, value in about_the_end.items() if value is not None or run.attempt > 1},
        }
        written = [RunTag(f"evenkeel.{name}", "" if value is None else str(value)) for name, value in tags.items()]
        written += [RunTag(name, value) for name, value in commit_tags(run.code_version).items()]
        if run.outcome not in (None, Outcome.CONVERGED):
            written.append(RunTag("mlflow.runName", run_name(run)))
        params = {} if is_complete else {**run.levels, "seed": run.seed}
        params |= {"dataset_hash": run.dataset_hash} if run.dataset_hash else {}
        log_all(self.client, mlflow_run_id, [*points, *ending_points(run)], to_params(params), written)
        if run.ended_ms is not None:
            self.client.set_terminated(mlflow_run_id, MLFLOW_STATUS[run.status], run.ended_ms)
        else:
            self.client.update_run(mlflow_run_id, MLFLOW_STATUS[run.status])


def ending_points(run: Run) -> list[Metric]:
    """Whether a finished run diverged, as a metric that a column and a group of MLflow can show."""
    if run.status is not Status.FINISHED or DIVERGED in {metric.name for metric in run.cell.task.metrics}:
        return []
    return [Metric(DIVERGED, float(run.outcome is Outcome.DIVERGED), run.ended_ms or 0, 0)]
