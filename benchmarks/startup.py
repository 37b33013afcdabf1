"""How long a command takes to start, compared with a Python process that does nothing.

python -m benchmarks.startup [--rounds 7]

Each command runs once in every round, so that other work on the machine slows all of them alike. The commands that need
an API ask a port of this machine on which nobody listens: the start is measured, not the answer. The table has medians
and their ratio to `python -c pass`. The CPU time is the time that a command itself computes. On a busy machine a
command also waits.
"""

import argparse
import statistics
import sys

from rich.console import Console
from rich.progress import track

from benchmarks.commands import timed
from evenkeel.stack.ports import free_ports

ERRORS = Console(stderr=True)
NOTHING = "python -c pass"
PYTHON = {NOTHING: "pass", 'python -c "import evenkeel"': "import evenkeel"}
HELP = ("--help", "--version", "up --help", "summary --help")
ASKING = (
    *("tasks", "submit --preset demo", "watch demo", "summary", "figure demo", "report demo", "export demo"),
    *("effects demo", "compare demo a", "seeds-needed demo a --half-width 1", "experiments", "runs demo"),
    *("cancel demo", "retry demo", "share demo --priority 1", "workers"),
)


def commands() -> dict[str, list[str]]:
    """The commands that are measured: name -> command line."""
    [closed] = free_ports([0])
    evenkeel = [sys.executable, "-c", "import sys; from evenkeel.cli import app; sys.exit(app())"]
    asking = {line: [*line.split(), "--url", f"http://127.0.0.1:{closed}"] for line in ASKING}
    given = {line: line.split() for line in HELP} | asking
    python = {line: [sys.executable, "-c", code] for line, code in PYTHON.items()}
    return python | {f"evenkeel {line}": [*evenkeel, *args] for line, args in given.items()}


def measure(line: str, command: list[str]) -> tuple[float, float]:
    """Run a command once. Returns (seconds, seconds of CPU time). Raises RuntimeError if it ends unexpectedly."""
    done, taken = timed(command)
    if done.returncode != 0 and "no answer from" not in done.stderr:
        raise RuntimeError(f"{line}: exit {done.returncode}\n{done.stderr}")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="number of times that each command runs")
    options = parser.parse_args()
    chosen = commands()
    times: dict[str, list[tuple[float, float]]] = {line: [] for line in chosen}
    # The first round fills the caches of files and of bytecode.
    for round_ in track(range(1 + options.rounds), description="starting", console=ERRORS, transient=True):
        for line, command in chosen.items():
            found = measure(line, command)
            if round_:
                times[line].append(found)
    medians = {
        line: [statistics.median(column) for column in zip(*found, strict=True)] for line, found in times.items()
    }
    print(f"| command, median of {options.rounds} | ms | x `{NOTHING}` | CPU ms |\n|---|---:|---:|---:|")
    for line, (seconds, worked) in medians.items():
        print(f"| `{line}` | {1000 * seconds:.0f} | {seconds / medians[NOTHING][0]:.1f} | {1000 * worked:.0f} |")


if __name__ == "__main__":
    main()
