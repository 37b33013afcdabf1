"""Kills and outages on a real lab: the experiment completes with the numbers of an undisturbed one, and nothing is lost
or recorded twice. `scripts/faults` tries more, and more often."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from services import wait_for

from tests.faults.bench import Bench
from tests.faults.invariants import Found, check
from tests.faults.kills import survive
from tests.faults.matrix import SCENARIOS
from tests.faults.trial import finish, spec, submit

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

SEED = 20_261_126
KILLS = 30


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench.open("plain", tmp_path_factory.mktemp("faults") / "lab") as opened:
        yield opened


def test_thirty_kills_a_few_seconds_apart_change_no_number(bench: Bench) -> None:
    survived = survive(bench.lab, 16, KILLS, SEED, 12, lambda kills, ended: None)
    assert survived.found.all == [], f"seed {SEED}"
    assert survived.killed.total() == KILLS
    assert len(survived.killed) == 5
    # However often each died, `evenkeel up` started it again.
    assert bench.lab.process.poll() is None


@pytest.mark.parametrize(
    "name", ["child-writes", *(pytest.param(name, marks=pytest.mark.soak) for name in ("api-rings", "mlflow-frozen"))]
)
def test_a_fault_changes_no_number(bench: Bench, name: str) -> None:
    tried = bench.attempt(SCENARIOS[name], SEED)
    assert tried.found.all == [], f"replay it with scripts/faults --scenario {name} --seed {SEED}"


def test_a_worker_asked_to_end_gives_its_runs_back_unharmed(bench: Bench) -> None:
    assert bench.attempt(SCENARIOS["worker-leaves"], SEED).found.all == []
    runs = bench.lab.store.runs.all(f"worker-leaves-{SEED}")
    assert max(run.attempt for run in runs) == 2
    assert {run.crashes for run in runs} == {0}


def test_messages_that_cannot_be_read_stop_no_training(bench: Bench) -> None:
    assert bench.attempt(SCENARIOS["odd-messages"], SEED).found.all == []
    assert {run.attempt for run in bench.lab.store.runs.all(f"odd-messages-{SEED}")} == {1}


def test_who_watches_an_experiment_sees_its_end_although_the_api_dies(bench: Bench) -> None:
    lab = bench.lab
    submit(lab, spec("watched"))
    command = [Path(sys.executable).parent / "evenkeel", "watch", "watched", "--url", lab.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert "4 runs done" in watching.stdout.readline()
        lab.kill("api")
        said, _ = watching.communicate(timeout=240)
    assert watching.returncode == 0
    assert "4 of 4 runs done" in said
    assert {run.attempt for run in lab.store.runs.all("watched")} == {1}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux'")
def test_everything_dies_with_the_stack_even_on_kill_9_and_the_next_one_goes_on(bench: Bench) -> None:
    lab = bench.lab
    twin = bench.twin(SCENARIOS["up"])
    submit(lab, spec("cut-off"))
    before = lab.epochs_trained
    wait_for(lambda: lab.epochs_trained - before >= 8, 120, "a few epochs")
    family = lab.pids()
    assert len(family) >= 4
    os.kill(lab.process.pid, signal.SIGKILL)
    lab.process.wait(5)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 40, "nothing left running")
    lab.start()
    assert finish(lab, "cut-off")
    assert check(lab, "cut-off", twin) == Found()
