"""The services of the embedded stack: their addresses, their settings, and the commands that start them."""

import os
import secrets
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evenkeel.stack.clone import find_clone, with_clone
from evenkeel.stack.mlflow_login import ensure_login
from evenkeel.stack.ports import free_ports
from evenkeel.stack.redis import find_redis_server, write_redis_config
from evenkeel.stack.service import Service

WORKER = "worker"
# What the services run from.
ROOMS = ("api", "mlflow_server", "trainer")


@dataclass(frozen=True)
class Addresses:
    """The addresses of the services on this machine. data: the folder that holds all files of the stack."""

    api_port: int
    mlflow_port: int
    redis_port: int
    data: Path

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def mlflow(self) -> str:
        return f"http://127.0.0.1:{self.mlflow_port}"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.data}/evenkeel.db"


def choose_addresses(data: Path, api_port: int, mlflow_port: int, report: Callable[[str], None]) -> Addresses:
    """Use the given ports if they are free, and others if not. `report` is called with a message for each change."""
    api, mlflow, redis = free_ports([api_port, mlflow_port, 0])
    for asked, got, what in ((api_port, api, "API"), (mlflow_port, mlflow, "MLflow")):
        if asked not in (0, got):
            report(f"port {asked} is taken: {what} uses port {got}")
    return Addresses(api, mlflow, redis, data.absolute())


def make_services(at: Addresses, slots: int) -> list[Service]:
    """The services, in the order in which they start. Raises StackError if a program is not installed."""
    clone = find_clone(*ROOMS)
    at.logs.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    environment = with_clone(clone, os.environ | _settings(at, slots, password) | ensure_login(at.data))
    python = sys.executable
    commands: dict[str, list[str]] = {
        "redis": [find_redis_server(), str(write_redis_config(at.data / "redis", at.redis_port, password))],
        "mlflow": [
            *(python, "-m", "mlflow_server", "--port", str(at.mlflow_port)),
            *("--backend-store-uri", f"sqlite:///{at.data}/mlflow.db"),
            *("--artifacts-destination", str(at.data / "artifacts")),
        ],
        "api": [python, "-m", "api"],
        WORKER: [python, "-m", "trainer"],
    }
    return [Service(name, command, environment, at.logs / f"{name}.log") for name, command in commands.items()]


def default_slots() -> int:
    """One slot on a machine with a GPU, because a run has the GPU to itself. Else one slot per core, at most four."""
    return 1 if shutil.which("nvidia-smi") else min(4, os.cpu_count() or 1)


def _settings(at: Addresses, slots: int, password: str) -> dict[str, str]:
    return {
        "EVENKEEL_DATABASE_URL": at.database_url,
        "EVENKEEL_BROKER_URL": f"redis://:{password}@127.0.0.1:{at.redis_port}/0",
        "EVENKEEL_MLFLOW_URL": at.mlflow,
        "EVENKEEL_HOST": "127.0.0.1",
        "EVENKEEL_PORT": str(at.api_port),
        # MLflow's pages link to it. Behind a proxy, it is another.
        "EVENKEEL_PUBLIC_URL": os.environ.get("EVENKEEL_PUBLIC_URL") or at.api,
        "EVENKEEL_DATA_DIR": str(at.data),
        "EVENKEEL_SLOTS": str(slots),
        # These matter on one machine only: no job execution in MLflow, and no telemetry.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONUNBUFFERED": "1",
    }
