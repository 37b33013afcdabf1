"""Break a real lab in every way that we know, and check that nothing is lost and nothing is done twice."""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults.bench import Bench
from tests.faults.kills import survive
from tests.faults.lab import Lab
from tests.faults.matrix import ALL, SCENARIOS
from tests.faults.table import WIDTH, show, show_survived
from tests.faults.trial import Scenario, Tried


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/faults", description=__doc__)
    parser.add_argument("--scenario", action="append", choices=sorted(SCENARIOS), help="try only this; may be repeated")
    parser.add_argument("--times", type=int, default=1, help="how often each is tried (default 1)")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="replays the moments of an earlier call"
    )
    parser.add_argument("--kills", type=int, metavar="N", help="instead, N random kills 1 to 4 s apart")
    parser.add_argument("--runs", type=int, default=200, help="with --kills: the number of runs (default 200)")
    parser.add_argument("--epochs", type=int, default=20, help="with --kills: the epochs of a run (default 20)")
    parser.add_argument("--keep", action="store_true", help="keep the folders of the labs")
    given = parser.parse_args()
    # Its labs must end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=WIDTH)
    folder = Path(tempfile.mkdtemp(prefix="evenkeel-faults-"))
    # Other users (Postgres does not run as root) must reach their folder in it.
    folder.chmod(0o755)
    os.environ.setdefault("EVENKEEL_DATASETS_DIR", str(folder / "datasets"))
    console.print(f"seed {given.seed}" + (f", folder {folder}" if given.keep else ""))
    try:
        if given.kills:
            return _kill(console, folder, given)
        chosen = [SCENARIOS[name] for name in given.scenario] if given.scenario else ALL
        return _try_all(console, folder, chosen, range(given.seed, given.seed + given.times))
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _try_all(console: Console, folder: Path, chosen: Sequence[Scenario], seeds: Sequence[int]) -> int:
    tried, skipped = list[Tried](), dict[str, str]()
    with _progress(console) as progress:
        bar = progress.add_task("", total=len(chosen) * len(seeds))
        for kind in dict.fromkeys(scenario.lab for scenario in chosen):
            mine = [scenario for scenario in chosen if scenario.lab == kind]
            progress.update(bar, description=f"starting a lab ({kind})")
            try:
                with Bench.open(kind, folder / kind.replace(" ", "-")) as bench:
                    for scenario, seed in ((scenario, seed) for scenario in mine for seed in seeds):
                        progress.update(bar, description=scenario.says)
                        tried.append(bench.attempt(scenario, seed))
                        if not console.is_terminal:
                            console.print(_in_words(tried[-1]))
                        progress.advance(bar)
            except pytest.skip.Exception as reason:
                skipped |= {scenario.name: str(reason) for scenario in mine}
    show(console, chosen, tried, skipped)
    return 1 if any(one.found.all for one in tried) else 0


def _in_words(one: Tried) -> str:
    wrong = len(one.found.all)
    return f"{one.name}, seed {one.seed}: {one.seconds:.0f} s, {f'{wrong} things wrong' if wrong else 'all well'}"


def _kill(console: Console, folder: Path, given: argparse.Namespace) -> int:
    lab = Lab(folder / "kills")
    try:
        with _progress(console) as progress:
            kills = progress.add_task("kills", total=given.kills)
            ended = progress.add_task("runs that ended", total=given.runs)

            def report(num_kills: int, num_ended: int) -> None:
                progress.update(kills, completed=num_kills)
                progress.update(ended, completed=num_ended)

            survived = survive(lab, given.runs, given.kills, given.seed, given.epochs, report)
    finally:
        lab.stop()
    show_survived(console, survived)
    return 1 if survived.found.all else 0


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = TextColumn("{task.description:<34}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress


if __name__ == "__main__":
    sys.exit(main())
