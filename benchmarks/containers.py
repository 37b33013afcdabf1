"""How long containers take from `docker compose up` to a slot that can take a run.

python -m benchmarks.containers [--rounds 5] [--against CHECKOUT]

It builds the images of this checkout and of the other one. Each round starts a lab of each in turn and stops it again:
first with new volumes, then with the volumes that it has. At last the worker alone is stopped and started, while the
others run. A part is ready when GET /readyz says so for the first time. It needs a Docker engine with Compose v2. The
images of this checkout keep their names, and all containers and volumes that it makes are removed.
"""

import argparse
import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

ERRORS = Console(stderr=True)
HERE = Path(__file__).parents[1]
IMAGES = "evenkeel-api", "evenkeel-trainer", "evenkeel-mlflow"
PORTS = {"EVENKEEL_PORT": "8020", "EVENKEEL_MLFLOW_PORT": "5020"}
READY = f"http://127.0.0.1:{PORTS['EVENKEEL_PORT']}/readyz"
# A check of /readyz -> what is ready then.
CHECKS = {"store": "the API", "workers": "a slot", "mlflow": "MLflow"}
LIMIT_SECONDS = 600.0


class Checkout:
    """One clone, its images and its compose project."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.environment = os.environ | PORTS | {"COMPOSE_PROJECT_NAME": f"cold-{name}"}

    def compose(self, *arguments: str) -> None:
        _run(["docker", "compose", *arguments], cwd=self.folder, env=self.environment)

    def build(self) -> None:
        self.compose("build")
        for image in IMAGES:
            _run(["docker", "tag", image, f"{image}:{self.name}"])

    def use(self) -> None:
        """Give its images the names that compose.yaml has for them."""
        for image in IMAGES:
            _run(["docker", "tag", f"{image}:{self.name}", image])

    @contextmanager
    def running(self) -> Iterator[dict[str, float]]:
        """A lab that is up. Yields part -> after how many seconds it was ready."""
        self.use()
        began = time.perf_counter()
        command = ["docker", "compose", "up", "--detach", "--no-build"]
        starting = subprocess.Popen(command, cwd=self.folder, env=self.environment, stderr=subprocess.DEVNULL)
        try:
            yield wait(began)
        finally:
            starting.wait()
            self.compose("down")

    def worker_again(self) -> float:
        """Seconds until the worker has a slot again after it was stopped."""
        self.compose("stop", "worker")
        began = time.perf_counter()
        self.compose("start", "worker")
        return wait(began)["a slot"]


def wait(began: float) -> dict[str, float]:
    """part -> the seconds from `began` until it was ready, once all are."""
    found: dict[str, float] = {}
    with httpx.Client(timeout=5) as client:
        while len(found) < len(CHECKS):
            with suppress(httpx.TransportError):
                checks = client.get(READY).json()["checks"]
                now = time.perf_counter() - began
                found |= {CHECKS[name]: now for name in CHECKS if checks[name]["ok"] and CHECKS[name] not in found}
            if time.perf_counter() - began > LIMIT_SECONDS:
                raise RuntimeError(f"not ready after {LIMIT_SECONDS:.0f} s: only {found}")
            time.sleep(0.05)
    return found


def measure(checkout: Checkout) -> dict[str, float]:
    """What was started, and what was ready -> seconds."""
    checkout.compose("down", "--volumes")
    with checkout.running() as ready:
        found = {f"new volumes: {part}": seconds for part, seconds in ready.items()}
    with checkout.running() as ready:
        found |= {f"its volumes: {part}": seconds for part, seconds in ready.items()}
        return found | {"the worker alone: a slot": checkout.worker_again()}


def _run(command: list[str], cwd: Path = HERE, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} exited with {done.returncode}:\n{done.stderr}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="number of starts of each checkout and kind")
    parser.add_argument("--against", type=Path, help="another checkout, such as a git worktree")
    given = parser.parse_args()
    checkouts = [*([Checkout("before", given.against.absolute())] if given.against else []), Checkout("here", HERE)]
    found: dict[str, list[dict[str, float]]] = {checkout.name: [] for checkout in checkouts}
    try:
        for checkout in checkouts:
            checkout.build()
        for _ in track(range(given.rounds), description="starting", console=ERRORS, transient=True):
            for checkout in checkouts:
                found[checkout.name].append(measure(checkout))
    finally:
        for checkout in checkouts:
            checkout.compose("down", "--volumes")
        checkouts[-1].use()
        _run(["docker", "rmi", *(f"{image}:{checkout.name}" for image in IMAGES for checkout in checkouts)])
    table = Table(f"seconds, median of {given.rounds}", *found, box=None)
    for row in next(iter(found.values()))[0]:
        table.add_row(row, *(f"{statistics.median(each[row] for each in rounds):.1f}" for rounds in found.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
