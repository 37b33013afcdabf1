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

import pytest

from evenkeel.client import Client
from evenkeel.stack.ports import free_ports

CI = os.environ.get("CI") == "true"


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Poll until `condition` returns something true, and return that."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)
    return value


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Run a private Postgres on a free port and give its URL. It refuses to run as root, so root becomes 'postgres'."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    if initdb is None:
        (pytest.fail if CI else pytest.skip)("Postgres is not installed (Debian: apt install postgresql)")
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder.mkdir(parents=True)
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent not in (Path("/"), Path("/tmp")):
            parent.chmod(0o755)
    if user:
        shutil.chown(folder, "postgres")
    data, [port] = folder / "data", free_ports([0])
    subprocess.run([*user, initdb, "-D", data, "-U", "lab", "-A", "trust", "-N"], check=True, stdout=subprocess.DEVNULL)
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder), "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        postgres = Path(initdb).parent / "postgres"
        server = subprocess.Popen([*user, postgres, "-D", data, *options], stdout=log, stderr=log)
    ready = [Path(initdb).parent / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
    try:
        wait_for(lambda: subprocess.run(ready, stdout=subprocess.DEVNULL).returncode == 0, 30, "Postgres ready")
        yield f"postgresql://lab@127.0.0.1:{port}"
    finally:
        subprocess.run([*user, Path(initdb).parent / "pg_ctl", "stop", "-D", data, "-m", "immediate", "-s"], check=True)
        server.wait(30)


class RunningStack:
    """A private `evenkeel up`, and ways to disturb it."""

    def __init__(self, data: Path, slots: int = 2, port: int = 0, wait: bool = True, **settings: str) -> None:
        self.data = data
        command = [Path(sys.executable).parent / "evenkeel", "up", "--data", data, "--slots", str(slots)]
        command += ["--port", str(port), "--mlflow-port", "0"]
        data.mkdir(parents=True, exist_ok=True)
        with (data / "up.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | settings)
        if wait:
            wait_for(self.is_up, 240, "stack ready")
            self.url = (data / "url").read_text().strip()
            self.client = Client(self.url)

    def is_up(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError((self.data / "up.log").read_text())
        return (self.data / "url").exists()

    @property
    def mlflow_url(self) -> str:
        line = next(line for line in reversed(self.log.splitlines()) if line.startswith("  MLflow"))
        return line.split()[1]

    @property
    def log(self) -> str:
        return (self.data / "up.log").read_text()

    def pids(self, what: str = "") -> list[int]:
        """The ids of all processes under `up`, however deep, whose command line contains `what`."""
        table = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
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
