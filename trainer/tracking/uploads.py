"""Checkpoints: each is sent to MLflow by a worker that can read it: the one that wrote it, or one that shares its
folder."""

import logging
import secrets
from contextlib import suppress
from pathlib import Path

from mlflow.exceptions import MlflowException

from evenkeel.lab.records import Run
from evenkeel.lab.store import Store
from evenkeel.settings import Settings
from trainer.tracking.server import MlflowAway, is_away, make_client

log = logging.getLogger(__name__)

DUTY_SECONDS = 300.0
ID_FILE = "folder-id"


class Uploads:
    """Workers that share a folder of checkpoints take turns."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.client = make_client(settings)
        self.store, self.holder = store, settings.worker_name
        self._duty = f"checkpoints-{folder_id(settings.data_dir)}"

    def pass_once(self) -> int:
        """Send the newest checkpoint of every run that has one here; how many were sent. Raises MlflowAway."""
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
                # Deleted there by hand, say: the mirror makes it anew with the next attempt.
                log.error("run %s: MLflow refuses its checkpoint: %s", run.id, error)
                self.store.outbox.mark_checkpoint(run)
        return sent

    def _send(self, run: Run) -> None:
        path = Path(str(run.checkpoint_path))
        try:
            self.client.log_artifact(str(run.mlflow_run_id), str(path), "checkpoints")
            self.client.log_artifact(str(run.mlflow_run_id), str(path.with_suffix(".sha256")), "checkpoints")
        except FileNotFoundError:
            # Only the newest two are kept: a newer one is there, which the next pass sends.
            return
        self.store.outbox.mark_checkpoint(run)


def folder_id(folder: Path) -> str:
    """16 hex digits that name a folder to whoever shares it."""
    folder.mkdir(parents=True, exist_ok=True)
    path, fresh = folder / ID_FILE, secrets.token_hex(8)
    aside = folder / f"{ID_FILE}.{fresh}"
    aside.write_text(fresh)
    # A link is there whole or not at all, however many come at once.
    with suppress(FileExistsError):
        path.hardlink_to(aside)
    aside.unlink()
    return path.read_text()
