"""The mirror copies the store's runs to MLflow whenever MLflow can be reached. No other package of the service uses
MLflow's client."""

import os

# The mirror repeats its passes anyway, so the client gives up on a dead server at once. The client must never repeat
# create_run, which would make two runs.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
os.environ.setdefault("MLFLOW_TRUNCATE_LONG_VALUES", "false")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

from trainer.away import MlflowAway
from trainer.tracking.copies import Copies
from trainer.tracking.downloads import Downloads
from trainer.tracking.mirror import Mirror
from trainer.tracking.system import SystemMetrics
from trainer.tracking.uploads import Uploads

__all__ = ["Copies", "Downloads", "Mirror", "MlflowAway", "SystemMetrics", "Uploads"]
