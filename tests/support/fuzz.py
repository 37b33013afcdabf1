"""Sends requests to a real server. schemathesis makes them from the API's own description.

`python tests/support/fuzz.py N` sends N requests to each call, on Postgres, and prints how many each call got.
scripts/fuzz runs this.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from announcing import RMS
from records import finish_run, make_cell
from servers import add_key, api_server
from walks import WALK, worker_has

from evenkeel.store import Store

CONFIG = Path(__file__).parents[1] / "api" / "schemathesis.toml"


def fuzz(database_url: str, folder: Path, cases: int, no_edges: Sequence[str] = ()) -> tuple[int, str, Counter[str]]:
    """Returns (exit code, output, number of cases for each operation). The store holds an experiment of two cells, and
    a worker has announced a task and a level.

    Args:
        no_edges: The paths for which the edge cases of each parameter are left out.
    """
    config = folder / "schemathesis.toml"
    left_out = '\n[[operations]]\ninclude-path = "{}"\nphases.coverage.enabled = false\n'
    config.write_text("\n".join([CONFIG.read_text(), *map(left_out.format, no_edges)]))
    store = Store(database_url)
    store.migrate()
    key = add_key(store)
    for seed in range(3):
        for norm in ("none", "batch"):
            finish_run(store, make_cell(norm=norm), seed, [0.2, 0.5, 0.6 + seed / 10], experiment="demo")
    worker_has(store, WALK, RMS)
    store.close()
    report = folder / "report.ndjson"
    with api_server(database_url, folder / "api.log") as url:
        command = [Path(sys.executable).parent / "st", "--config-file", config, "run", f"{url}/openapi.json"]
        command += ["-H", f"Authorization: Bearer {key}", "-n", str(cases), "--no-color", "--seed", "1"]
        command += ["--report", "ndjson", "--report-ndjson-path", report]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return done.returncode, done.stdout + done.stderr, Counter(_operations(report))


def _operations(report: Path) -> Iterator[str]:
    """The operation of every case that was sent."""
    with report.open() as lines:
        for line in lines:
            scenario: dict[str, Any] = json.loads(line).get("ScenarioFinished", {})
            for case in scenario.get("recorder", {}).get("cases", {}).values():
                yield f"{case['value']['method']} {case['value']['path']}"


if __name__ == "__main__":
    import psycopg
    from services import postgres_server

    with tempfile.TemporaryDirectory() as folder, postgres_server(Path(folder) / "postgres") as server:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE lab")
        code, said, counts = fuzz(f"{server}/lab", Path(folder), int(sys.argv[1]))
    print(said)
    for operation, count in sorted(counts.items()):
        if count > 1:
            print(f"{count:7,}  {operation}")
    print(f"{sum(counts.values()):7,}  in total, with calls of methods that do not exist; exit code {code}")
    sys.exit(code)
