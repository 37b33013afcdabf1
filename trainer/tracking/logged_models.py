"""The last checkpoint of a run as a model of MLflow, with the metrics that it has and the dataset that it learned from.

The model has no files of its own. Its tags name the checkpoint among the artifacts of the run. `models.load` reads that
without pickle.
"""

import re
from pathlib import Path

from cachetools import LRUCache
from mlflow.tracking import MlflowClient

from evenkeel.plugins import Outcome
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from trainer.tracking.calls import (
    PARAMS_A_CALL,
    Steps,
    create_model,
    finalize_model,
    get_run,
    log_model_params,
    log_output,
    search_models,
)
from trainer.tracking.copies import FOLDER

REMEMBERED = 10_000
# MLflow allows none of these in the name of a model.
NOT_IN_NAMES = re.compile(r"[/:.%\"']")


def has_model(run: Run) -> bool:
    """Whether MLflow shows a model of the run: if it ended with a checkpoint, and did not diverge."""
    return run.status is Status.FINISHED and run.outcome is not Outcome.DIVERGED and bool(run.checkpoint_epoch)


class LoggedModels:
    """Makes one model of each run. It may stop anywhere and be repeated."""

    def __init__(self, client: MlflowClient) -> None:
        self.client = client
        # MLflow's id of a run -> that of its model, which is complete.
        self._ready: LRUCache[str, str] = LRUCache(REMEMBERED)

    def make(self, run: Run, mlflow_run_id: str, experiment_id: str, is_new: bool) -> Steps[str]:
        """Find or create the model of a run. Returns its id.

        Args:
            is_new: Whether the copy of the run was made just now, so that it has no model yet.
        """
        if mlflow_run_id in self._ready:
            return self._ready[mlflow_run_id]
        if not is_new:
            [found] = yield [search_models(experiment_id, mlflow_run_id)]
            if models := found.get("models"):
                return str(models[0]["info"]["model_id"])
        name = NOT_IN_NAMES.sub("_", f"{run.cell_name}-seed{run.seed}")
        params = [(level, str(value)) for level, value in {**run.levels, "seed": run.seed}.items()]
        first, tags = dict(params[:PARAMS_A_CALL]), self._tags(run, mlflow_run_id)
        [made] = yield [create_model(experiment_id, name, mlflow_run_id, run.task, tags, first)]
        model_id = str(made["model"]["info"]["model_id"])
        if further := params[PARAMS_A_CALL:]:
            yield [log_model_params(model_id, dict(further))]
        return model_id

    def complete(self, model_id: str, run: Run, mlflow_run_id: str, is_new: bool) -> Steps[None]:
        """Show the model on the page of its run, and say that it is ready. Call this once its metrics are logged."""
        if mlflow_run_id in self._ready:
            return
        shown: list[dict[str, str]] = []
        if not is_new:
            [found] = yield [get_run(mlflow_run_id)]
            shown = found["run"].get("outputs", {}).get("model_outputs", [])
        # To log it twice would show it twice.
        if model_id not in [output["model_id"] for output in shown]:
            yield [log_output(mlflow_run_id, model_id, run.checkpoint_epoch or 0)]
        yield [finalize_model(model_id)]
        self._ready[mlflow_run_id] = model_id

    def delete(self, mlflow_run_id: str, experiment_id: str) -> None:
        """Delete the model of a copy that is deleted."""
        condition = f"source_run_id = '{mlflow_run_id}'"
        for model in self.client.search_logged_models([experiment_id], condition, max_results=1):
            self.client.delete_logged_model(model.model_id)

    def _tags(self, run: Run, mlflow_run_id: str) -> dict[str, str]:
        file = Path(str(run.checkpoint_path)).name
        return {
            "evenkeel.checkpoint": f"runs:/{mlflow_run_id}/{FOLDER}/{file}",
            "evenkeel.checkpoint_sha256": str(run.checkpoint_sha256),
            "evenkeel.run_id": run.id,
            "evenkeel.cell": run.cell_name,
            "evenkeel.seed": str(run.seed),
            "evenkeel.dataset_hash": run.dataset_hash or "",
        }
