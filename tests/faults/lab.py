"""The lab under trial: a real stack, a look at its inside that needs no API, and ways to hurt it."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import redis
from services import RunningStack, wait_for

from evenkeel.store import Store
from tests.faults.traps import TRAINED

ROOT = Path(__file__).parents[2]

# The shortest leases that a busy machine keeps, so that no trial waits long for one to run out.
QUICK = {
    "EVENKEEL_LEASE_SECONDS": "6",
    "EVENKEEL_RENEW_SECONDS": "1",
    "EVENKEEL_HEARTBEAT_SECONDS": "1",
    "EVENKEEL_RECONCILE_SECONDS": "2",
    "EVENKEEL_CHECKPOINT_EVERY_EPOCHS": "1",
    "EVENKEEL_MAX_CRASHES": "25",
}

# Kind of process -> the words of its command line that tell it from others.
COMMANDS = {
    "worker": r"-m trainer( |$)",
    "child": r"-m trainer\.child",
    "api": r"-m api( |$)",
    "mlflow": r"-m mlflow_server",
}
SERVICES = ("worker", "api", "mlflow", "redis")


class Lab(RunningStack):
    """An `evenkeel up` on a SQLite file, with traps in its processes."""

    def __init__(self, folder: Path, slots: int = 2, **settings: str) -> None:
        self.num_slots, self.traps = slots, folder / "traps"
        self.traps.mkdir(parents=True)
        paths = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "faults" / "site")]
        ours = {"TRIAL_TRAPS": str(self.traps), "PYTHONPATH": os.pathsep.join(paths)}
        super().__init__(folder / "data", slots, **(QUICK | ours | settings))
        self.store = Store(self.database_url)

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.data}/evenkeel.db"

    @property
    def broker_url(self) -> str:
        words = dict(line.split(" ", 1) for line in (self.data / "redis" / "redis.conf").read_text().splitlines())
        return f"redis://:{words['requirepass']}@127.0.0.1:{words['port']}/0"

    def redis(self) -> "redis.Redis":
        return redis.Redis.from_url(self.broker_url)

    def processes(self, kind: str) -> list[int]:
        """The ids of the living processes of a kind, also of those that lost their parent."""
        if kind == "redis":
            # Its title hides its environment.
            port = self.broker_url.rpartition(":")[2].partition("/")[0]
            return [pid for pid, line, _ in _all_processes() if re.search(rf"redis-server .*:{port}\b", line)]
        pattern, mine = re.compile(COMMANDS[kind]), str(self.data)
        return [pid for pid, line, environment in _all_processes() if pattern.search(line) and mine in environment]

    def kill(self, what: str, sign: int = signal.SIGKILL) -> None:
        """Send a signal to a process of a kind, by default SIGKILL. If none lives, wait for one."""
        pid = wait_for(lambda: self.processes(what), 60, f"a {what} to hit")[0]
        with suppress(ProcessLookupError):
            os.kill(pid, sign)

    def cut_power(self) -> None:
        """kill -9 of `up` and of all that it started."""
        pids = [self.process.pid, *(pid for kind in (*COMMANDS, "redis") for pid in self.processes(kind))]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(30)

    def second_worker(self, name: str, **settings: str) -> "subprocess.Popen[bytes]":
        """Another worker of this lab, with one slot."""
        theirs = Path(f"/proc/{self.processes('worker')[0]}/environ").read_text().split("\0")
        environment = dict(item.split("=", 1) for item in theirs if "=" in item)
        environment |= {"EVENKEEL_WORKER_NAME": name, "EVENKEEL_SLOTS": "1"} | settings
        with (self.data / "logs" / f"{name}.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", "trainer"], env=environment, stdout=log, stderr=log)

    @property
    def epochs_trained(self) -> int:
        """The number of epochs that its workers trained since it was first started."""
        path = self.traps / TRAINED
        return len(path.read_text().splitlines()) if path.exists() else 0

    def stop(self) -> None:
        self.store.close()
        super().stop()


def _all_processes() -> list[tuple[int, str, str]]:
    """(id, command line, environment) of each living process that we may look into."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                line = (folder / "cmdline").read_text(errors="replace").replace("\0", " ")
                environment = (folder / "environ").read_text(errors="replace")
                if line:
                    found.append((int(folder.name), line, environment))
    return found
