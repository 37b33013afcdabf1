"""Moves MLflow's copies of deleted experiments to MLflow's trash."""

import logging
import time

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.tracking import MlflowClient

from evenkeel.store import Store
from evenkeel.store.deletions import DeletedExperiment
from trainer.away import MlflowAway
from trainer.tracking.server import is_away

log = logging.getLogger(__name__)

POSTPONE_SECONDS = 60.0


class Trash:
    """Only the mirror that holds the duty may use it, before it copies anything: an experiment that was posted again
    under the same name must not get the copy of the old one."""

    def __init__(self, client: MlflowClient, store: Store) -> None:
        self.client, self.store = client, store
        self._postponed: dict[int, float] = {}

    def pass_once(self) -> int:
        """Move every copy that is not in the trash yet. One that MLflow refuses is tried again after a minute.

        Returns:
            The number of copies that were moved.

        Raises:
            MlflowAway: If MLflow cannot be reached.
        """
        moved = 0
        for found in self.store.deletions.untrashed():
            if self._postponed.get(found.id, 0) > time.monotonic():
                continue
            try:
                self._move(found)
                moved += 1
            except MlflowException as error:
                if is_away(error):
                    raise MlflowAway(str(error)) from error
                log.error("deleted experiment %s: MLflow refuses to move its copy: %s", found.name, error)
                self._postponed[found.id] = time.monotonic() + POSTPONE_SECONDS
        return moved

    def _move(self, found: DeletedExperiment) -> None:
        """This may stop anywhere and be repeated."""
        if self._is_active(found.mlflow_experiment_id):
            # MLflow keeps the name of an experiment in its trash, and a new one could not have it.
            name = f"{found.name} (deleted {found.deleted_ms})"
            self.client.rename_experiment(found.mlflow_experiment_id, name)
            self.client.delete_experiment(found.mlflow_experiment_id)
        self.store.deletions.mark_trashed(found.id)

    def _is_active(self, experiment_id: str) -> bool:
        try:
            return bool(self.client.get_experiment(experiment_id).lifecycle_stage == "active")
        except MlflowException as error:
            if error.error_code == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                return False
            raise
