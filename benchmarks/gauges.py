"""What is watched while people use a lab: how quickly it says that it lives, and what its processes hold."""

import http.client
import os
import time
from collections.abc import MutableSequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

import psutil

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Held:
    """What the processes of one session hold together.

    Attributes:
        mb: Memory in MB. Pages that several processes share are counted once (PSS).
    """

    mb: float
    files: int
    threads: int
    processes: int


def held(session: int) -> Held:
    """What the processes of the session hold now. A process that ends meanwhile counts as nothing."""
    mb, files, threads, processes = 0.0, 0, 0, 0
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            if os.getsid(int(folder.name)) == session:
                rollup = dict(line.split(":", 1) for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
                mb += int(rollup["Pss"].split()[0]) / 1024
                files += len(list((folder / "fd").iterdir()))
                threads += len(list((folder / "task").iterdir()))
                processes += 1
    return Held(mb, files, threads, processes)


def cpu_seconds(session: int) -> float:
    """The CPU time that the processes of the session have taken."""
    total = 0
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            if os.getsid(int(folder.name)) == session:
                values = (folder / "stat").read_text().rpartition(")")[2].split()
                total += int(values[11]) + int(values[12])
    return total / TICKS


def spent(process: psutil.Process) -> float:
    """The seconds of CPU time of a process and of all that it started."""
    total = 0.0
    with suppress(psutil.Error):
        # What it has waited for is in its own record, what still lives is not.
        total = sum(process.cpu_times()[:4]) + sum(spent(child) for child in process.children())
    return total


def postmaster(folder: Path) -> psutil.Process:
    """The process that started all others of the Postgres with its files below a folder."""
    [found] = [
        process
        for process in psutil.process_iter(["name", "cmdline", "ppid"])
        if process.info["name"] == "postgres" and any(str(folder) in word for word in process.info["cmdline"] or ())
    ]
    return found


def ask_health(url: str, every: float, stop: Event, times: MutableSequence[float]) -> None:
    """Ask /healthz every so many seconds, on a connection that stays open. Adds the milliseconds of each answer to
    `times`. An answer that is not 200, and none within 30 s, counts as infinity."""
    host, port = url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    while not stop.wait(every):
        began = time.perf_counter()
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            answer.read()
            times.append(1000 * (time.perf_counter() - began) if answer.status == 200 else float("inf"))
        except (OSError, http.client.HTTPException):
            connection.close()
            times.append(float("inf"))
