"""The job for Slurm: its script runs here, with a real queue, a real MLflow and a real worker."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from brokers import doorbell_at, redis_server
from records import make_cell
from services import MLFLOW_PASSWORD, RunningStack, wait_for

from evenkeel.grids.sharing import Device
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.settings import Settings
from evenkeel.stack.mlflow_login import NAME
from evenkeel.store import Store
from trainer.shift import SPARE_SECONDS

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "slurm" / "worker.sbatch"


def options() -> dict[str, str]:
    """What the script asks Slurm for."""
    return dict(re.findall(r"^#SBATCH --([\w-]+)=(.*)$", SCRIPT.read_text(), re.MULTILINE))


def test_slurm_signals_the_worker_before_its_time_is_over_and_no_earlier_than_it_ends_by_itself() -> None:
    assert options()["signal"] == f"B:TERM@{SPARE_SECONDS:.0f}"
    # Only a script that the worker replaces can hand it the signal.
    assert re.match(r'exec "\$EVENKEEL_CLONE/.venv/bin/evenkeel" worker ', SCRIPT.read_text().splitlines()[-1])


class Lab:
    """A lab with a queue and a store of its own, and no worker but the jobs."""

    def __init__(self, folder: Path, broker_url: str, mlflow_url: str) -> None:
        self.folder, self.store = folder, Store(f"sqlite:///{folder}/lab.db")
        self.store.migrate()
        (folder / "secrets").mkdir()
        secrets = {
            "evenkeel_database_url": f"sqlite:///{folder}/lab.db",
            "evenkeel_broker_url": broker_url,
            "evenkeel_mlflow_username": NAME,
            "evenkeel_mlflow_password": MLFLOW_PASSWORD,
        }
        for name, secret in secrets.items():
            (folder / "secrets" / name).write_text(secret)
        self.mlflow_url, self.doorbell = mlflow_url, doorbell_at(broker_url)
        self.jobs: list[subprocess.Popen[bytes]] = []

    def post(self, epochs: int, seeds: int) -> None:
        self.store.grids.ensure("exp", [make_cell(image_size=16, width=0.125, epochs=epochs)], list(range(seeds)))
        self.doorbell.ring(Device.ANY, 1)

    @property
    def runs(self) -> list[Run]:
        return self.store.runs.all("exp")

    def job(self, name: str, until_idle: str) -> "subprocess.Popen[bytes]":
        """Run the script as Slurm does. Its clone is this one, wherever the virtual environment lies."""
        settings = {
            "EVENKEEL_CLONE": str(ROOT),
            "EVENKEEL_SECRETS_DIR": str(self.folder / "secrets"),
            "EVENKEEL_MLFLOW_URL": self.mlflow_url,
            "EVENKEEL_DATA_DIR": str(self.folder / name),
            "EVENKEEL_CHECKPOINT_EVERY_EPOCHS": "1",
            "EVENKEEL_UNTIL_IDLE": until_idle,
            "SLURM_CPUS_PER_TASK": "2",
        }
        with (self.folder / f"{name}.log").open("wb") as log:
            self.jobs.append(subprocess.Popen(["bash", SCRIPT], env=os.environ | settings, stdout=log, stderr=log))
        return self.jobs[-1]

    def close(self) -> None:
        for job in self.jobs:
            job.kill()
            job.wait(30)
        self.store.close()

    def end(self, name: str, job: "subprocess.Popen[bytes]") -> str:
        """Wait until a job ends, with 0. Returns what it printed."""
        code = job.wait(240)
        log = (self.folder / f"{name}.log").read_text()
        assert code == 0, log
        return log


@pytest.fixture
def lab(stack: RunningStack, tmp_path: Path) -> Iterator[Lab]:
    with redis_server(tmp_path) as (port, _):
        lab = Lab(tmp_path, f"redis://127.0.0.1:{port}/0", stack.mlflow_url)
        try:
            yield lab
        finally:
            lab.close()


def test_a_job_trains_every_run_and_ends_well_when_there_is_none_left(lab: Lab) -> None:
    lab.post(epochs=2, seeds=3)
    log = lab.end("job", lab.job("job", "5s"))
    assert [run.status for run in lab.runs] == [Status.FINISHED] * 3
    assert "this worker ends: it had nothing to train for 5 s" in log
    assert {run.mirrored_epoch for run in lab.runs} == {2}, "MLflow has all of it before the job ends"
    assert lab.store.workers.seen(60) == []


def test_a_job_whose_time_nears_its_end_gives_its_run_back_with_a_checkpoint_that_another_machine_can_have(
    lab: Lab, settings_of: Callable[[Path], Settings]
) -> None:
    from trainer.tracking import Downloads

    lab.post(epochs=3000, seeds=1)
    job = lab.job("job", "1h")
    wait_for(lambda: lab.runs[0].num_epochs >= 2 or job.poll() is not None, 200, "the run trains")
    job.send_signal(signal.SIGTERM)
    lab.end("job", job)
    [run] = lab.runs
    assert (run.status, run.crashes, run.attempt) == (Status.QUEUED, 0, 1)
    [attempt] = lab.store.runs.attempts(run.id)
    assert attempt.ending == "stopped"
    assert run.checkpoint_epoch
    assert run.checkpoint_epoch >= 2
    assert run.mirrored_checkpoint == run.checkpoint_epoch
    folder = lab.folder / "elsewhere" / "checkpoints" / run.id / "attempt-2"
    assert Downloads(lab.store, settings_of(lab.folder / "elsewhere")).fetch(run.id, folder)
    assert list(folder.glob("*.pt")) != []


@pytest.fixture
def settings_of(lab: Lab) -> Callable[[Path], Settings]:
    return lambda folder: Settings(
        mlflow_url=lab.mlflow_url, mlflow_username=NAME, mlflow_password=MLFLOW_PASSWORD, data_dir=folder
    )
