"""Sends checkpoints to MLflow: the last one of each run, and its best one.

The worker that wrote them sends them, or one that shares its folder.
"""

import logging
import secrets
import time
from contextlib import suppress
from pathlib import Path

from cachetools import LRUCache
from mlflow.exceptions import MlflowException

from evenkeel.records.checkpoints import find_on_disk
from evenkeel.records.rows import Run
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.away import MlflowAway
from trainer.checkpoint_files import FILE, Damaged, find_best, read_file
from trainer.tracking.copies import FOLDER
from trainer.tracking.server import delete_artifact, is_away, make_client

log = logging.getLogger(__name__)

DUTY_SECONDS = 300.0
POSTPONE_SECONDS = 60.0
REMEMBERED = 10_000
ID_FILE = "folder-id"


class Uploads:
    """Sends the checkpoints that this worker can read. Workers that share a folder of checkpoints take turns."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.client = make_client(settings)
        self.store, self.holder, self._data_dir = store, settings.worker_name, settings.data_dir
        self._with_best = settings.checkpoints == "best"
        self._duty = f"checkpoints-{folder_id(settings.data_dir)}"
        # (MLflow's id of the run, name of a checkpoint) -> the manifest with which it was sent.
        self._sent: LRUCache[tuple[str, str], str] = LRUCache(REMEMBERED)
        self._postponed: LRUCache[str, float] = LRUCache(REMEMBERED)

    def pass_once(self) -> int:
        """Send what is new of every run whose checkpoints this worker can read.

        What MLflow refuses, for example because somebody deleted the run there, is not recorded as sent. It is logged,
        and tried again after a minute. So is a file whose bytes are not the ones that were recorded.

        Returns:
            The number of runs whose newest checkpoint was sent.

        Raises:
            MlflowAway: If MLflow cannot be reached.
        """
        sent = 0
        for run in self.store.outbox.unsent_checkpoints():
            path = find_on_disk(self._data_dir, run.id, str(run.checkpoint_path))
            if path is None or self._postponed.get(run.id, 0) > time.monotonic():
                continue
            if not self.store.duties.hold(self._duty, self.holder, DUTY_SECONDS):
                break
            try:
                sent += self._send(run, path)
            except FileNotFoundError:
                # Only the newest two checkpoints are kept, so a newer one exists. The next pass sends it.
                continue
            except Damaged as error:
                self._postpone(run, f"its checkpoint {path} is not sent: {error}")
            except (MlflowException, OSError) as error:
                # MLflow's client raises OSError if the server answers an upload with an error.
                if isinstance(error, MlflowException) and is_away(error):
                    raise MlflowAway(str(error)) from error
                self._postpone(run, f"MLflow refuses its checkpoint: {error}")
        return sent

    def _postpone(self, run: Run, why: str) -> None:
        log.error("run %s: %s. It is tried again in a minute", run.id, why)
        self._postponed[run.id] = time.monotonic() + POSTPONE_SECONDS

    def _send(self, run: Run, last: Path) -> bool:
        """Send the last checkpoint of a run, and its best one. Remove earlier ones from MLflow. False if it has them
        already. Raises FileNotFoundError if one was removed meanwhile, and Damaged if one is not what was recorded."""
        best = self._find_best(run) if self._with_best else None
        wanted = [last, best] if best and best.name != last.name else [last]
        sha256 = {last: str(run.checkpoint_sha256)}
        new = [file for file in wanted if self._send_file(str(run.mlflow_run_id), file, sha256.get(file))]
        if last in new:
            self._remove_others(str(run.mlflow_run_id), {file.stem for file in wanted})
        if new or run.mirrored_checkpoint != run.checkpoint_epoch:
            self.store.outbox.mark_checkpoint(run)
        return last in new

    def _find_best(self, run: Run) -> Path | None:
        best = find_best(self._data_dir / "checkpoints" / run.id)
        return best and find_on_disk(self._data_dir, run.id, str(best))

    def _send_file(self, mlflow_run_id: str, file: Path, sha256: str | None) -> bool:
        """Send a checkpoint and its manifest. False if that was done already.

        Args:
            sha256: What the store knows of it; None if that is nothing.
        """
        manifest = file.with_suffix(".sha256")
        key, content = (mlflow_run_id, file.name), manifest.read_text()
        if self._sent.get(key) == content:
            return False
        read_file(file)
        if sha256 not in (None, content.partition(" ")[0]):
            raise Damaged("its sha256 is not the one that was recorded")
        for path in (file, manifest):
            self.client.log_artifact(mlflow_run_id, str(path), FOLDER)
        self._sent[key] = content
        return True

    def _remove_others(self, mlflow_run_id: str, kept: set[str]) -> None:
        for artifact in self.client.list_artifacts(mlflow_run_id, FOLDER):
            path = Path(artifact.path)
            if path.stem not in kept and FILE.fullmatch(f"{path.stem}.pt"):
                delete_artifact(self.client, mlflow_run_id, artifact.path)


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
