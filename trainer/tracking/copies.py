"""Finds out which checkpoints MLflow really has, before the files on this machine are removed."""

from collections.abc import Sequence
from pathlib import Path

from mlflow.exceptions import MlflowException

from evenkeel.records.rows import Run
from evenkeel.settings import Settings
from trainer.away import MlflowAway
from trainer.tracking.server import is_away, make_client

FOLDER = "checkpoints"


class Copies:
    """What MLflow has of runs' checkpoints."""

    def __init__(self, settings: Settings) -> None:
        self.client = make_client(settings)

    def has(self, run: Run, files: Sequence[Path]) -> bool:
        """Whether MLflow has a copy of the same size of each file. Raises MlflowAway."""
        try:
            listed = self.client.list_artifacts(str(run.mlflow_run_id), FOLDER)
        except MlflowException as error:
            if is_away(error):
                raise MlflowAway(str(error)) from error
            return False
        sizes = {Path(artifact.path).name: artifact.file_size for artifact in listed}
        return all(sizes.get(file.name) == file.stat().st_size for file in files)
