"""The copies of runs in MLflow: one for each run, however many attempts it takes."""

from collections.abc import Mapping, Sequence

from mlflow.entities import Metric, RunTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.tracking import MlflowClient

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.store import Store
from trainer.tracking.calls import Steps, create_run, get_run, log_batches, update_run
from trainer.tracking.logged_models import LoggedModels
from trainer.tracking.server import MLFLOW_STATUS, has_tag, search_runs, to_params
from trainer.tracking.words import Users, commit_tags, describe_run, origin_tags, run_name

# A metric of every run that ended: 1 if it diverged, else 0.
DIVERGED = "diverged"
# The tag with the id of the run that is copied, and the condition that nothing was logged to a copy yet.
OF_RUN = "evenkeel.run_id"
UNTOUCHED = f"tags.`{OF_RUN}` IS NOT NULL AND tags.`evenkeel.attempt` IS NULL"


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

    def orphans(self, experiment_ids: Sequence[str]) -> dict[str, list[str]]:
        """The copies that an interrupted pass made in these experiments: the id of a run -> the ids of its copies.

        The store does not know them. So nothing was logged to them, and they lack what is logged first.
        """
        found: dict[str, list[str]] = {}
        for copy in search_runs(self.client, experiment_ids, UNTOUCHED):
            found.setdefault(copy.data.tags[OF_RUN], []).append(str(copy.info.run_id))
        return found

    def is_active(self, mlflow_run_id: str) -> Steps[bool]:
        """Whether the copy exists and nobody has deleted it in MLflow."""
        try:
            [found] = yield [get_run(mlflow_run_id)]
        except MlflowException as error:
            if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                return False
            raise
        return bool(found["run"]["info"]["lifecycle_stage"] == "active")

    def make(self, run: Run, experiment_id: str, parent: str, orphans: Mapping[str, Sequence[str]]) -> Steps[str]:
        """Create the copy of a run, or take the one that an interrupted pass created. Returns its id in MLflow.

        Args:
            orphans: What `orphans` found.
        """
        mine = self._find(run, experiment_id) if run.attempt > 1 else next(iter(orphans.get(run.id, ())), None)
        if mine is None:
            started_ms = run.started_ms or run.created_ms
            [made] = yield [create_run(experiment_id, run_name(run), started_ms, self._tags(run, parent))]
            mine = str(made["run"]["info"]["run_id"])
        self.store.outbox.set_mlflow_run(run, mine)
        return mine

    def _find(self, run: Run, experiment_id: str) -> str | None:
        """The copy without epochs of a run that had an earlier attempt. Those with other epochs than the run has now
        are deleted, so that MLflow has each run once."""
        mine = None
        for found in search_runs(self.client, [experiment_id], has_tag(OF_RUN, run.id)):
            if mine is None and not found.data.metrics:
                mine = str(found.info.run_id)
            else:
                self._models.delete(found.info.run_id, experiment_id)
                self.client.delete_run(found.info.run_id)
        return mine

    def _tags(self, run: Run, parent: str) -> dict[str, str]:
        return {
            "mlflow.parentRunId": parent,
            OF_RUN: run.id,
            "evenkeel.experiment": run.experiment,
            "evenkeel.cell": run.cell_name,
            "evenkeel.cell_hash": run.cell_hash,
            "evenkeel.seed": str(run.seed),
            "mlflow.note.content": describe_run(run, self._public_url),
            **origin_tags(run, self._users.of(run.posted_by)),
            **({"evenkeel.plugins": run.plugins} if run.plugins else {}),
        }

    def log(self, run: Run, mlflow_run_id: str, points: Sequence[Metric], is_complete: bool) -> Steps[None]:
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
        yield log_batches(mlflow_run_id, [*points, *ending_points(run)], to_params(params), written)
        yield [update_run(mlflow_run_id, MLFLOW_STATUS[run.status], ended_ms=run.ended_ms)]


def ending_points(run: Run) -> list[Metric]:
    """Whether a finished run diverged, as a metric that a column and a group of MLflow can show."""
    if run.status is not Status.FINISHED or DIVERGED in {metric.name for metric in run.cell.task.metrics}:
        return []
    return [Metric(DIVERGED, float(run.outcome is Outcome.DIVERGED), run.ended_ms or 0, 0)]
