"""The settings of every process.

Each is read from an environment variable: EVENKEEL_ and the name of the field in capitals. A secret may instead stand
in a file of that name in the folder EVENKEEL_SECRETS_DIR. The names of durations say their unit.
"""

import os
import re
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from evenkeel.setting_errors import read_settings
from evenkeel.worker_settings import WorkerSettings

# A name, or an origin as a browser sends it.
HOST = re.compile(r"[\w.-]+|\[[0-9a-fA-F:.]+\]|https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?", re.ASCII)


class Settings(WorkerSettings):
    model_config = SettingsConfigDict(
        env_prefix="EVENKEEL_", frozen=True, secrets_dir=os.environ.get("EVENKEEL_SECRETS_DIR")
    )

    database_url: str = Field("sqlite:///evenkeel-data/evenkeel.db", description="SQLAlchemy URL: SQLite or Postgres.")
    broker_url: str = Field(
        "redis://127.0.0.1:6379/0",
        description="Broker that carries the messages which wake workers: redis://, rediss://, valkey://, amqp:// or amqps://.",
    )
    mlflow_url: str = Field("http://127.0.0.1:5000", description="Address of MLflow for the processes of the lab.")
    mlflow_public_url: str | None = Field(
        None, description="Address of MLflow for a browser. The default is mlflow_url."
    )
    public_url: str | None = Field(None, pattern="^https?://", description="Address of the lab for a browser.")
    system_metrics_seconds: float = Field(
        10.0, ge=0, description="How often a worker measures its CPU, memory and GPU for MLflow. 0 measures nothing."
    )
    mlflow_username: str | None = Field(None, description="User name, if MLflow asks for a login.")
    mlflow_password: SecretStr | None = Field(None, description="Password, if MLflow asks for a login.")
    import_mlflow_url: SecretStr | None = Field(
        None, description="Address (and login) of the MLflow that `POST /imports` reads. The default is the lab's own."
    )
    data_dir: Path = Field(Path("evenkeel-data"), description="Folder in which workers keep checkpoints.")
    datasets_dir: Path = Field(
        default_factory=lambda: Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "evenkeel",
        description="Folder of prepared datasets, for every worker on this machine. The default is ~/.cache/evenkeel.",
    )
    max_image_pixels: int = Field(
        64_000_000, ge=1, description="Largest number of pixels of an image that `evenkeel data prepare` decodes."
    )

    tasks: str = Field(
        "models.task:CLASSIFICATION", description="Tasks that the lab knows, each as module:NAME, separated by commas."
    )

    host: str = Field(
        "127.0.0.1", description="Address that the API listens on. Any address but a loopback one requires API keys."
    )
    port: int = Field(8000, ge=0, le=65535, description="Port that the API listens on.")
    api_processes: int = Field(1, ge=1, le=64, description="Number of processes that serve the API.")
    answer_processes: int = Field(
        2,
        ge=0,
        le=64,
        description="Number of processes that work out statistics, figures and reports, for each process of the API. "
        "With 0 its own threads do it, and nothing can stop them.",
    )
    answer_seconds: float = Field(
        30.0, gt=0, description="Longest time that one such answer may take. Then its process is stopped."
    )
    max_answers_per_key: int = Field(
        2,
        ge=1,
        description="Number of such answers that one API key may wait for at once. The next one is refused (429).",
    )
    max_answer_runs: int = Field(50_000, ge=1, description="Largest number of runs that one such answer may be about.")
    max_answer_epochs: int = Field(
        5_000_000, ge=1, description="Largest number of epochs that these runs together may have trained."
    )
    kept_answers_mb: int = Field(
        64, ge=0, description="Memory for such answers, in MB. An answer is kept until one of its runs changes."
    )
    max_connections: int = Field(
        500, ge=1, description="Largest number of open connections of one process of the API. An idle one gives way."
    )
    request_seconds: float = Field(
        20.0, gt=0, description="Longest time that a request may take to arrive. A slower one is answered 408."
    )
    allowed_hosts: str = Field(
        "",
        description="Further host names of the API beside localhost and its addresses, separated by commas. If a proxy "
        "ends TLS, write https:// before the name.",
    )
    session_days: float = Field(
        14.0, gt=0, le=365, description="How long a browser stays signed in with an API key, in days."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="text writes lines for people. json writes one JSON object a line."
    )

    max_runs: int = Field(1000, ge=1, description="Largest number of runs that one posted grid may ask for.")
    max_runs_per_experiment: int = Field(20_000, ge=1, description="Largest number of runs of one experiment.")
    max_in_flight: int = Field(
        10_000,
        ge=1,
        description="Largest number of queued, paused and running runs that one API key may have. A run counts for the "
        "key that posted it or, if it was queued again, for the key that asked for that.",
    )
    max_crashes: int = Field(
        3, ge=1, description="Number of crashes after which a run fails instead of being queued again."
    )
    lease_seconds: float = Field(
        90.0, gt=0, description="A worker loses a run if it does not renew its lease for this long."
    )
    renew_seconds: float = Field(
        15.0, gt=0, description="How often a worker renews its leases. It looks every 2 s whether a run must stop."
    )
    heartbeat_seconds: float = Field(3.0, gt=0, description="How often a worker reports its state.")
    reconcile_seconds: float = Field(
        5.0, gt=0, description="How often a worker looks for expired leases and lost messages."
    )
    mirror_seconds: float = Field(1.0, gt=0, description="How often a worker looks for new rows to copy to MLflow.")
    run_deadline_seconds: float = Field(
        7 * 86400.0, gt=0, description="Longest time that one attempt at a run may take."
    )
    checkpoint_every_epochs: int = Field(
        5, ge=1, description="Epochs from one checkpoint to the next. A run also writes one at its end."
    )
    checkpoint_minutes: float = Field(
        10.0, gt=0, description="Longest time from one checkpoint to the next, also within an epoch."
    )
    checkpoints: Literal["none", "last", "best"] = Field(
        "best",
        description="Checkpoints that are kept of a finished run: best keeps the best and the last one. Each moves to "
        "MLflow. A run that still trains keeps what it needs to go on.",
    )
    least_free_mb: int = Field(
        500, ge=0, description="A worker starts no run while its disk of checkpoints has less free space, in MB."
    )
    alert_url: SecretStr | None = Field(
        None, description="Webhook that is told when something happens, such as the end of an experiment."
    )
    alert_form: Literal["json", "slack"] = Field(
        "json", description="Body of an alert: json has every fact and a text; slack is what a webhook of Slack takes."
    )
    alive_file: Path | None = Field(
        None, description="File that a worker touches each time it has reported to the store."
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: str) -> str:
        for host in filter(None, map(str.strip, hosts.split(","))):
            if not HOST.fullmatch(host):
                raise ValueError(f"{host!r} is no host; write lab.example.org, or https://lab.example.org behind TLS")
        return hosts

    @field_validator("alert_url")
    @classmethod
    def _check_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must be an address that begins with http:// or https://")
        return url

    @property
    def mlflow_auth(self) -> tuple[str, str] | None:
        """(user name, password), or None if either is not set."""
        if not (self.mlflow_username and self.mlflow_password):
            return None
        return self.mlflow_username, self.mlflow_password.get_secret_value()


@cache
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingError: If one is wrong.
    """
    return read_settings(Settings)
