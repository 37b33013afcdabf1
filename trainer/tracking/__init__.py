"""The mirror: copies what the store holds to MLflow, whenever MLflow is there. The only package that speaks MLflow."""

import os

# A pass is repeated anyway: give up on a dead server at once, and never repeat create_run, which would make two.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
os.environ.setdefault("MLFLOW_TRUNCATE_LONG_VALUES", "false")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

from trainer.tracking.mirror import Mirror
from trainer.tracking.server import MlflowAway
from trainer.tracking.uploads import Uploads

__all__ = ["Mirror", "MlflowAway", "Uploads"]
