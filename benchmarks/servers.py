"""Server processes that the benchmarks measure. Each listens on a free port on loopback. Its caller must stop it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from evenkeel.stack.ports import free_ports
from evenkeel.stack.redis import find_redis_server

# The settings of MLflow in a lab on one machine.
QUIET = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


class Server:
    """A child process that answers over HTTP. The constructor returns once it answers."""

    def __init__(self, command: Sequence[str], url: str, path: str, **settings: str) -> None:
        self.url = url
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {self.process.returncode}")
            with suppress(httpx.HTTPError):
                httpx.get(url + path, timeout=5)
                return
            time.sleep(0.1)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


def start_api(database_url: str, **settings: str) -> Server:
    [port] = free_ports([0])
    settings |= {"EVENKEEL_DATABASE_URL": database_url, "EVENKEEL_PORT": str(port)}
    return Server(["api"], f"http://127.0.0.1:{port}", "/healthz", **settings)


def start_mlflow(store_uri: str, folder: Path, workers: int = 1) -> Server:
    [port] = free_ports([0])
    command = ["mlflow", "server", "--port", str(port), "--workers", str(workers)]
    command += ["--backend-store-uri", store_uri, "--artifacts-destination", str(folder)]
    return Server(command, f"http://127.0.0.1:{port}", "/health", **QUIET)


def start_lab_mlflow(store_uri: str, folder: Path, login: tuple[str, str]) -> Server:
    """MLflow as a lab starts it, behind its login."""
    [port] = free_ports([0])
    command = ["mlflow_server", "--port", str(port), "--backend-store-uri", store_uri]
    command += ["--artifacts-destination", str(folder)]
    settings = dict(zip(("EVENKEEL_MLFLOW_USERNAME", "EVENKEEL_MLFLOW_PASSWORD"), login, strict=True)) | QUIET
    return Server(command, f"http://127.0.0.1:{port}", "/health", **settings)


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Start a Redis. Yields its URL."""
    [port] = free_ports([0])
    command = [find_redis_server(), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(30)
