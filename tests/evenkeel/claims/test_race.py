"""However many processes claim at once, each run has one winner."""

import json
import subprocess
import sys
from collections import Counter

import pytest
from records import make_cell
from sqlalchemy import select

from evenkeel.schema import attempts
from evenkeel.store import Store

# A process that waits until it is told to start, and then claims until nothing is left.
CLAIMS = """
import json, sys
from evenkeel.store import Store
from evenkeel.records.workers import Taker
import models.task
store, taker, won = Store(sys.argv[1]), Taker(sys.argv[2], "v", {"classification": 1}), []
print("ready", flush=True)
sys.stdin.readline()
while claim := store.claims.take(taker, 600):
    won.append([claim.run_id, claim.attempt])
print(json.dumps(won), flush=True)
"""


def race(url: str, processes: int) -> list[list[tuple[str, int]]]:
    """(run id, attempt) of the claims that each process won."""
    command = [sys.executable, "-c", CLAIMS, url]
    racing = [
        subprocess.Popen([*command, f"w{i}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for i in range(processes)
    ]
    for process in racing:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in racing:
        assert process.stdin is not None
        process.stdin.write("start\n")
        process.stdin.flush()
    return [
        [(run_id, attempt) for run_id, attempt in json.loads(process.communicate(timeout=250)[0])] for process in racing
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("runs", "processes"), [(60, 3), pytest.param(1000, 8, marks=pytest.mark.soak)], ids=["short", "long"]
)
def test_of_processes_that_claim_at_once_one_wins_each_run(
    store: Store, database_url: str, runs: int, processes: int
) -> None:
    created = store.grids.ensure("exp", [make_cell()], range(runs)).created
    won = race(database_url, processes)
    assert Counter(claim for claims in won for claim in claims) == Counter((run_id, 1) for run_id in created)
    with store.database.read() as db:
        workers = db.execute(select(attempts.c.worker)).scalars().all()
    assert Counter(workers) == {f"w{i}": len(claims) for i, claims in enumerate(won) if claims}
