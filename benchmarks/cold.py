"""How long a lab takes from `evenkeel up` to a slot that can take a run, and what CPU time each service takes for it.

python -m benchmarks.cold [--rounds 5] [--against CHECKOUT]

Each round starts a lab with one slot in a new folder, once from this checkout and once from the other one, and stops
it again. A service is ready when GET /readyz says so for the first time. Python keeps its bytecode in a folder of each
checkout, and a first round that does not count fills it. With --no-bytecode there is none, as in an image without it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.progress import track

ERRORS = Console(stderr=True)
HERE = Path(__file__).parents[1]
# What a command line contains -> the service. The first that fits counts.
SERVICES = {
    "redis-server": "Redis",
    "mlflow_server": "MLflow",
    "trainer.child": "the slot",
    "trainer": "the worker",
    "api": "the API",
}
# A check of /readyz -> what is ready then.
CHECKS = {"broker": "Redis", "mlflow": "MLflow", "workers": "the slot"}
LIMIT_SECONDS = 600.0

Row = dict[str, float]


def start_lab(checkout: Path, data: Path, bytecode: Path | None) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept = {"PYTHONDONTWRITEBYTECODE": "1"} if bytecode is None else {"PYTHONPYCACHEPREFIX": str(bytecode)}
    command = [sys.executable, "-c", "import sys; from evenkeel.cli import app; sys.exit(app())", "up"]
    command += ["--data", str(data), "--port", "0", "--mlflow-port", "0", "--slots", "1"]
    return subprocess.Popen(
        command, env=environment | kept | {"PYTHONPATH": str(checkout)}, cwd=data, stdout=subprocess.DEVNULL
    )


def find_api(lab: psutil.Process) -> str | None:
    """The address of the API, from the settings of a service of the lab."""
    for child in lab.children():
        with suppress(psutil.Error):
            settings = child.environ()
            if port := settings.get("EVENKEEL_PORT"):
                return f"http://127.0.0.1:{port}"
    return None


def wait(lab: psutil.Process) -> Row:
    """Wait until the lab is ready. Returns service -> after how many seconds it was."""
    began, ready = time.perf_counter(), Row()
    url: str | None = None
    # With a new client for each question, this would take a third of a core from the lab.
    client = httpx.Client(timeout=5)
    while time.perf_counter() - began < LIMIT_SECONDS:
        url = url or find_api(lab)
        with suppress(httpx.TransportError):
            if url:
                answer = client.get(f"{url}/readyz")
                now = time.perf_counter() - began
                ready.setdefault("the API", now)
                for check, what in CHECKS.items():
                    if answer.json().get("checks", {}).get(check, {}).get("ok"):
                        ready.setdefault(what, now)
                if answer.status_code == 200:
                    return ready | {"all": now}
        time.sleep(0.05)
    raise RuntimeError(f"the lab is not ready after {LIMIT_SECONDS:.0f} s: {ready}")


def worked(lab: psutil.Process) -> Row:
    """Service -> the seconds of CPU time of its processes."""
    found = Row({"evenkeel up": sum(lab.cpu_times()[:2])})
    pairs = [(process, _service(process)) for process in lab.children(recursive=True)]
    for process, service in pairs:
        with suppress(psutil.Error):
            found[service] = found.get(service, 0.0) + sum(process.cpu_times()[:2])
    return found | {"all": sum(found.values())}


def _service(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        words = process.cmdline()
        for part, service in SERVICES.items():
            if any(word.split(" ")[0].rpartition("/")[2] == part for word in words[:3]):
                return service
        # A process of a pool belongs to what started it.
        parent = process.parent()
        return _service(parent) if parent and "up" not in parent.cmdline() else "evenkeel up"
    return "evenkeel up"


def measure(checkout: Path, bytecode: Path | None) -> tuple[Row, Row]:
    """(service -> seconds until it was ready, service -> seconds of CPU time until all were)."""
    with tempfile.TemporaryDirectory(prefix="evenkeel-cold-") as name:
        data = Path(name) / "lab"
        data.mkdir()
        lab = start_lab(checkout, data, bytecode)
        try:
            ready = wait(psutil.Process(lab.pid))
            return ready, worked(psutil.Process(lab.pid))
        finally:
            lab.terminate()
            lab.wait(120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="number of starts of each checkout")
    parser.add_argument("--against", type=Path, help="another checkout, such as a git worktree")
    parser.add_argument("--no-bytecode", action="store_true", help="let Python compile every module at each start")
    options = parser.parse_args()
    checkouts = {"here": HERE} | ({"before": options.against.absolute()} if options.against else {})
    found: dict[str, list[tuple[Row, Row]]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory(prefix="evenkeel-bytecode-") as folder:
        for round_ in track(range(1 + options.rounds), description="starting", console=ERRORS, transient=True):
            for name, checkout in checkouts.items():
                measured = measure(checkout, None if options.no_bytecode else Path(folder) / name)
                if round_:
                    found[name].append(measured)
    heads = [f"ready after s, {name}" for name in checkouts] + [f"CPU s, {name}" for name in checkouts]
    print(f"| median of {options.rounds} | {' | '.join(heads)} |\n|---|{'---:|' * len(heads)}")
    for service in ("Redis", "MLflow", "the API", "the worker", "the slot", "evenkeel up", "all"):
        cells = [[row[column].get(service) for row in found[name]] for column in (0, 1) for name in checkouts]
        print(f"| {service} | {' | '.join(_median(values) for values in cells)} |")


def _median(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.1f}" if known else ""


if __name__ == "__main__":
    main()
