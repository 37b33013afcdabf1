"""Settings of every process, from the environment (EVENKEEL_*) or, for what is secret, from files of those names in the
folder EVENKEEL_SECRETS_DIR. Units stand in the names."""

import os
import socket
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="EVENKEEL_", frozen=True, secrets_dir=os.environ.get("EVENKEEL_SECRETS_DIR")
    )

    database_url: str = Field("sqlite:///evenkeel-data/evenkeel.db", description="SQLAlchemy URL: SQLite or Postgres.")
    broker_url: str = Field("redis://127.0.0.1:6379/0", description="Redis that carries the doorbell messages.")
    mlflow_url: str = Field("http://127.0.0.1:5000", description="MLflow server, as the processes reach it.")
    mlflow_public_url: str | None = Field(None, description="MLflow as a browser reaches it; defaults to mlflow_url.")
    mlflow_username: str | None = Field(None, description="Where MLflow asks for one.")
    mlflow_password: SecretStr | None = Field(None, description="Where MLflow asks for one.")
    data_dir: Path = Field(Path("evenkeel-data"), description="Where checkpoints are kept.")
    datasets_dir: Path = Field(
        default_factory=lambda: Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "evenkeel",
        description="Where every worker on this machine keeps prepared datasets; ~/.cache/evenkeel if not said.",
    )
    image_folders_file: Path | None = Field(
        None, description="TOML whose [imagefolder] names folders of images: birds = '/data/birds'."
    )

    tasks: str = Field("models.task:CLASSIFICATION", description="Tasks that the lab knows, as module:NAME, by commas.")

    worker_name: str = Field(
        default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}",
        description="What the worker is called; its host and process if not said.",
    )
    device: str = Field(
        "auto",
        pattern="^(auto|cpu|cuda|cuda:[0-9]+(,cuda:[0-9]+)*)$",
        description="auto takes CUDA where there is one; several GPUs: cuda:0,cuda:1.",
    )
    slots: int = Field(1, ge=1, le=64, description="Runs that a worker trains side by side on each of its devices.")
    threads_per_slot: int = Field(1, ge=1, description="CPU threads that torch uses in one slot.")
    loader_workers: int = Field(0, ge=0, le=64, description="Processes that gather batches for one slot.")
    diagnostics: bool = Field(True, description="Measure gradients, updates, loss jumps and dead units in every epoch.")

    host: str = Field("127.0.0.1", description="Address that the API listens on; beyond loopback it wants API keys.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the API listens on.")
    api_processes: int = Field(1, ge=1, le=64, description="Processes that answer for the API.")
    allowed_hosts: str = Field("", description="Names of the API beside localhost and its addresses, by commas.")
    log_format: Literal["text", "json"] = Field("text", description="Lines for people, or one JSON object a line.")

    max_runs: int = Field(1000, ge=1, description="Most runs that one posted grid may ask for.")
    max_runs_per_experiment: int = Field(20_000, ge=1, description="Most runs that an experiment may grow to.")
    max_in_flight: int = Field(10_000, ge=1, description="Most runs queued or running that one API key posted.")
    max_crashes: int = Field(3, ge=1, description="Worker losses after which a run is failed instead of queued again.")
    lease_seconds: float = Field(20.0, gt=0, description="How long a run stays with a silent worker.")
    heartbeat_seconds: float = Field(3.0, gt=0, description="How often a worker renews its leases.")
    reconcile_seconds: float = Field(
        5.0, gt=0, description="How often expired leases and lost messages are looked for."
    )
    mirror_seconds: float = Field(1.0, gt=0, description="How often new rows are looked for to mirror to MLflow.")
    run_deadline_seconds: float = Field(7 * 86400.0, gt=0, description="Longest that one attempt at a run may take.")
    checkpoint_every_epochs: int = Field(5, ge=1, description="A checkpoint is written this often, and at the end.")
    alive_file: Path | None = Field(None, description="Touched by a worker whenever the store has seen it.")

    @property
    def devices(self) -> list[str]:
        return self.device.split(",")

    @property
    def mlflow_auth(self) -> tuple[str, str] | None:
        """Name and password, where MLflow asks for them."""
        if not (self.mlflow_username and self.mlflow_password):
            return None
        return self.mlflow_username, self.mlflow_password.get_secret_value()


@cache
def get_settings() -> Settings:
    return Settings()
