"""Faults of what surrounds the processes: files, disks, databases and networks."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from proxy import Way

from tests.faults.apart import ApartLab
from tests.faults.disk import SmallDisk
from tests.faults.trial import Trial

Inject = Callable[[Trial], None]

OUTAGE_SECONDS = 8.0


def checkpoints_spoilt(how: str) -> Inject:
    """The training process is killed, and the newest checkpoint of each run is damaged before it can be read."""

    def inject(trial: Trial) -> None:
        [worker] = trial.lab.processes("worker")
        os.kill(worker, signal.SIGSTOP)
        trial.lab.kill("child")
        for folder in sorted((trial.lab.data / "checkpoints").glob("*/attempt-*")):
            if files := sorted(folder.glob("*.pt"), key=lambda path: path.stat().st_mtime):
                spoil(files[-1], how, trial)
        trial.hit()
        os.kill(worker, signal.SIGCONT)

    return inject


def spoil(path: Path, how: str, trial: Trial) -> None:
    """Cut the file off somewhere, or flip one of its bits."""
    content = bytearray(path.read_bytes())
    place = trial.random.randrange(len(content))
    if how == "cut":
        del content[place:]
    else:
        content[place] ^= 1 << trial.random.randrange(8)
    path.write_bytes(bytes(content))


def disk_full(trial: Trial) -> None:
    assert isinstance(trial.lab, SmallDisk)
    trial.lab.fill()
    trial.hit()
    time.sleep(OUTAGE_SECONDS)
    trial.lab.free()


def network(service: str, way: Way, seconds: float = OUTAGE_SECONDS) -> Inject:
    """The network between a service and all that call it is as bad as `way` says, for a while."""

    def inject(trial: Trial) -> None:
        assert isinstance(trial.lab, ApartLab)
        trial.hit()
        trial.lab.proxies[service].set(way)
        time.sleep(seconds)
        trial.lab.proxies[service].set(Way.PASS)

    return inject


def postgres_killed(trial: Trial) -> None:
    assert isinstance(trial.lab, ApartLab)
    trial.hit()
    trial.lab.postgres.kill()
    trial.sleep(1, 5)
    trial.lab.postgres.start()


def postgres_restarted(trial: Trial) -> None:
    assert isinstance(trial.lab, ApartLab)
    trial.hit()
    trial.lab.postgres.stop("fast")
    trial.lab.postgres.start()
