"""Sends checkpoints to MLflow. The worker that wrote a checkpoint sends it, or one that shares its folder."""

import logging
import secrets
from contextlib import suppress
from pathlib import Path

from mlflow.exceptions import MlflowException

from evenkeel.lab.store import Store
from evenkeel.records.rows import Run
from evenkeel.settings import Settings
from trainer.tracking.server import MlflowAway, is_away, make_client

log = logging.getLogger(__name__)

DUTY_SECONDS = 300.0
ID_FILE = "folder-id"


class Uploads:
    """Sends the checkpoints that this worker can read. Workers that share a folder of checkpoints take turns."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.client = make_client(settings)
        self.store, self.holder = store, settings.worker_name
        self._duty = f"checkpoints-{folder_id(settings.data_dir)}"

    def pass_once(self) -> int:
        """Send the newest checkpoint of every run whose checkpoint this worker can read.

        Returns:
            The number of checkpoints that were sent.

        Raises:
            MlflowAway: If MLflow cannot be reached.
        """
        sent = 0
        for run in self.store.outbox.unsent_checkpoints():
            if not Path(str(run.checkpoint_path)).exists():
                continue
            if not self.store.duties.hold(self._duty, self.holder, DUTY_SECONDS):
                break
            try:
                self._send(run)
                sent += 1
            except MlflowException as error:
                if is_away(error):
                    raise MlflowAway(str(error)) from error
                # Somebody may have deleted the run in MLflow. The mirror creates it again with the next attempt.
                log.error("run %s: MLflow refuses its checkpoint: %s", run.id, error)
                self.store.outbox.mark_checkpoint(run)
        return sent

    def _send(self, run: Run) -> None:
        path = Path(str(run.checkpoint_path))
        try:
            self.client.log_artifact(str(run.mlflow_run_id), str(path), "checkpoints")
            self.client.log_artifact(str(run.mlflow_run_id), str(path.with_suffix(".sha256")), "checkpoints")
        except FileNotFoundError:
            # Only the newest two checkpoints are kept, so a newer one exists. The next pass sends it.
            return
        self.store.outbox.mark_checkpoint(run)


def folder_id(folder: Path) -> str:
    """An id of a folder, 16 hex digits. All workers that share the folder read the same id.

    The folder and the file with its id are created if they do not exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, fresh = folder / ID_FILE, secrets.token_hex(8)
    aside = folder / f"{ID_FILE}.{fresh}"
    aside.write_text(fresh)
    # If several workers do this at once, only one of them can create the link. The others then read its id.
    with suppress(FileExistsError):
        path.hardlink_to(aside)
    aside.unlink()
    return path.read_text()
