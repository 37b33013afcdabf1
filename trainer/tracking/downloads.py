"""Fetches the newest checkpoint of a run from MLflow, so that the run can go on here if another machine wrote it."""

import hashlib
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow.exceptions import MlflowException

from evenkeel.records.rows import Run
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.away import MlflowAway
from trainer.checkpoint_files import FILE, Damaged, list_files, read_file, write_file
from trainer.tracking.copies import FOLDER
from trainer.tracking.server import is_away, make_client

log = logging.getLogger(__name__)

# How far a checkpoint had trained: epochs, and steps of the next epoch.
Progress = tuple[int, int]


class Downloads:
    def __init__(self, store: Store, settings: Settings) -> None:
        self.client = make_client(settings)
        self.store = store

    def fetch(self, run_id: str, folder: Path) -> bool:
        """Write the newest good checkpoint that MLflow has of a run into a folder, with its manifest.

        MLflow is not asked if the run's newest checkpoint is here, whole, in the folder of another attempt.

        Args:
            folder: The folder `attempt-N` of the run.

        Returns:
            False if MLflow has none that is newer than those that are here.

        Raises:
            MlflowAway: If MLflow cannot be reached.
            OSError: If the checkpoint cannot be written.
        """
        run = self.store.runs.find(run_id)
        if run is None or run.mlflow_run_id is None or run.checkpoint_path is None:
            return False
        here = newest_here(folder.parent)
        if here >= progress_of(Path(run.checkpoint_path).name):
            return False
        try:
            found = [Path(artifact.path).name for artifact in self.client.list_artifacts(run.mlflow_run_id, FOLDER)]
            newer = [name for name in found if progress_of(name) > here]
            return any(self._fetch(run, name, folder) for name in sorted(newer, key=progress_of, reverse=True))
        except MlflowException as error:
            if is_away(error):
                raise MlflowAway(str(error)) from error
            log.warning("run %s: MLflow refuses its checkpoint: %s", run_id, error)
            return False

    def _fetch(self, run: Run, name: str, folder: Path) -> bool:
        """False if the copy is not the file that was written."""
        with TemporaryDirectory(prefix="evenkeel-fetch-") as aside:
            manifest, file = (
                Path(self.client.download_artifacts(str(run.mlflow_run_id), f"{FOLDER}/{each}", aside))
                for each in (Path(name).with_suffix(".sha256").name, name)
            )
            content = file.read_bytes()
            expected, _, _ = manifest.read_text().partition(" ")
        # The store knows the hash of the newest.
        if name == Path(str(run.checkpoint_path)).name:
            expected = str(run.checkpoint_sha256)
        if hashlib.sha256(content).hexdigest() != expected:
            log.warning("run %s: MLflow's copy of %s is damaged", run.id, name)
            return False
        write_file(folder / name, content)
        return True


def progress_of(name: str) -> Progress:
    """How far the checkpoint with this file name had trained; (-1, 0) if no checkpoint has such a name."""
    found = FILE.fullmatch(name)
    return (int(found[1]), int(found[2] or 0)) if found else (-1, 0)


def newest_here(run_folder: Path) -> Progress:
    """How far the newest whole checkpoint in the folder of a run had trained; (-1, 0) without one."""
    for file in list_files(run_folder):
        try:
            read_file(file.path)
        except Damaged:
            continue
        return file.epoch, file.step
    return -1, 0
