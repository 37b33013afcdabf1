"""Real services for tests: a private Postgres, and an embedded stack."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from evenkeel.client import Client
from evenkeel.stack.ports import free_ports

CI = os.environ.get("CI") == "true"

# Every stack of the tests has this password, so that MLflow's client, which reads the environment, works with each.
MLFLOW_PASSWORD = "the-password-of-the-tests"
MLFLOW_LOGIN = {"USERNAME": "evenkeel", "PASSWORD": MLFLOW_PASSWORD}


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Poll until `condition` returns something true, and return that."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)
    return value


class Postgres:
    """A private Postgres on a free port. It refuses to run as root, so root becomes 'postgres'."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        initdb = str(found[-1]) if found else shutil.which("initdb")
        if initdb is None:
            (pytest.fail if CI else pytest.skip)("Postgres is not installed (Debian: apt install postgresql)")
        self.folder, self.data, self.bin = folder, str(folder / "data"), Path(initdb).parent
        self.user: list[str] = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        [self.port] = free_ports([0])
        self.url = f"postgresql://lab@127.0.0.1:{self.port}"
        folder.mkdir(parents=True)
        for parent in (folder, *folder.parents):
            if parent.stat().st_uid == os.geteuid() and parent not in (Path("/"), Path("/tmp")):
                parent.chmod(0o755)
        if self.user:
            shutil.chown(folder, "postgres")
        command = [*self.user, initdb, "-D", self.data, "-U", "lab", "-A", "trust", "-N"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder), "-c", "fsync=off"]
        with (self.folder / "log").open("ab") as log:
            command = [*self.user, str(self.bin / "postgres"), "-D", self.data, *options]
            self.server = subprocess.Popen(command, stdout=log, stderr=log)
        ready = [str(self.bin / "pg_isready"), "-h", "127.0.0.1", "-p", str(self.port)]
        wait_for(lambda: subprocess.run(ready, stdout=subprocess.DEVNULL).returncode == 0, 30, "Postgres ready")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it as `pg_ctl stop` does."""
        command = [*self.user, str(self.bin / "pg_ctl"), "stop", "-D", self.data, "-m", mode, "-s"]
        subprocess.run(command, check=True)
        self.server.wait(30)

    def kill(self) -> None:
        """kill -9 of its first process. The others end by themselves."""
        os.kill(int((Path(self.data) / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        self.server.wait(30)


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Run a private Postgres, and give its URL."""
    server = Postgres(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


class RunningStack:
    """A private `evenkeel up`, and ways to disturb it.

    Attributes:
        site: A folder in the path of Python for packages that tests install, if the stack was given one.
    """

    site: Path

    command: tuple[str, ...] = (str(Path(sys.executable).parent / "evenkeel"), "up")

    def __init__(self, data: Path, slots: int = 2, port: int = 0, wait: bool = True, **settings: str) -> None:
        self.data, self.settings = data, settings
        self.options = ["--data", str(data), "--slots", str(slots), "--port", str(port), "--mlflow-port", "0"]
        data.mkdir(parents=True, exist_ok=True)
        (data / "mlflow-password").write_text(MLFLOW_PASSWORD)
        os.environ.update({f"MLFLOW_TRACKING_{name}": value for name, value in MLFLOW_LOGIN.items()})
        self.start(wait)

    def start(self, wait: bool = True) -> None:
        self.mlflow_answered = False
        # One that was killed has left its address.
        (self.data / "url").unlink(missing_ok=True)
        with (self.data / "up.log").open("ab") as log:
            command = [*self.command, *self.options]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | self.settings)
        if wait:
            try:
                wait_for(self.is_up, 240, "stack ready")
            except AssertionError as error:
                self.process.terminate()
                self.process.wait(90)
                raise AssertionError(f"{error}\n{self.log}") from None
            self.url = (self.data / "url").read_text().strip()
            self.client = Client(self.url)

    def is_up(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError((self.data / "up.log").read_text())
        return (self.data / "url").exists()

    def has_mlflow(self) -> bool:
        return bool(httpx.get(f"{self.url}/readyz", timeout=30).json()["checks"]["mlflow"]["ok"])

    @property
    def mlflow_url(self) -> str:
        """Who asks first waits for MLflow, which is the last to start, once a slot is ready."""
        if not self.mlflow_answered:
            wait_for(self.has_mlflow, 240, "MLflow")
            self.mlflow_answered = True
        line = next(line for line in reversed(self.log.splitlines()) if line.startswith("  MLflow"))
        return line.split()[1]

    @property
    def log(self) -> str:
        return (self.data / "up.log").read_text()

    def pids(self, what: str = "") -> list[int]:
        """The ids of all processes under `up`, however deep, whose command line contains `what`."""
        table = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = [
            (int(pid), int(parent), args) for pid, parent, args in (line.split(None, 2) for line in table.splitlines())
        ]
        family, found = {self.process.pid}, []
        for _ in range(6):
            family |= {pid for pid, parent, _ in rows if parent in family}
        for pid, _, args in rows:
            if pid in family and pid != self.process.pid and what in args:
                found.append(pid)
        return found

    def kill(self, what: str, sign: int = signal.SIGKILL) -> None:
        """Send a signal to the topmost process that matches, by default SIGKILL."""
        os.kill(min(self.pids(what)), sign)

    def finish(self, name: str, seconds: float = 120) -> dict[str, Any]:
        """Wait until no run of the experiment is queued or running, and return the experiment."""

        def over() -> dict[str, Any] | None:
            detail = self.client.experiment(name)
            status = detail["num_runs"]["status"]
            return None if status["queued"] or status["running"] else detail

        found: dict[str, Any] = wait_for(over, seconds, f"{name} done")
        return found

    def stop(self) -> None:
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)


def grid(name: str, **changes: Any) -> dict[str, Any]:
    """A grid of one tiny cell and one seed. Tests pass what they want to change."""
    base: dict[str, Any] = {
        "name": name,
        "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]},
        "seeds": 1,
        "train": {"image_size": 16, "width": 0.125, "epochs": 2},
    }
    return json.loads(json.dumps(base | changes))
