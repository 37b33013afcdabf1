"""A plug-in that does not behave costs its own run, and no other. With the real child of a slot."""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from packages import in_path, install

from evenkeel.grids.cell import make_cell
from evenkeel.grids.sharing import Device
from evenkeel.grids.tasks import announce, known_tasks
from evenkeel.packages.describe import describe_task
from evenkeel.plugins import Announced
from evenkeel.records.status import Status
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.output import MOST_BYTES
from trainer.plugins.installed import Installed
from trainer.slot import Slot
from trainer.supervisor import Supervisor

pytestmark = pytest.mark.stack  # starts children of a slot

TASK = '''"""Does what it is told."""

import os
import time

from pydantic import BaseModel

from evenkeel.plugins import Metric, Training


class Does(Training):
    class Params(BaseModel):
        what: str = "train"
        epochs: int = 2

    metrics = [Metric("score", better="higher")]
    diagnostics = ()

    def epoch(self):
        getattr(self, self.params.what)()
        return {"score": 1.0}

    def train(self):
        pass

    def prints(self):
        for _ in range(1000):
            os.write(1, b"garbage \\xff\\x1b[2J" * 100 + b"\\n")

    def breaks_the_socket(self):
        for descriptor in range(3, 1000):
            try:
                os.write(descriptor, b"garbage\\n")
            except OSError:
                pass
        time.sleep(60)

    def fills(self):
        with open("ballast", "wb") as file:
            while True:
                file.write(bytes(1_000_000))
                file.flush()
                time.sleep(0.05)

    def sleeps(self):
        time.sleep(600)

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("site")
    install(folder, "odd", {"odd_task.py": TASK}, {"evenkeel.tasks": {"does": "odd_task:Does"}})
    with in_path(folder):
        yield folder


class OneWorker:
    """A worker with one slot, without the processes around it."""

    def __init__(self, folder: Path, **settings: float) -> None:
        self.store = Store(f"sqlite:///{folder}/lab.db")
        self.settings = Settings(data_dir=folder, device="cpu", **settings)  # type: ignore[arg-type]
        self.slot = Slot(self.settings, "cpu")

        def tell(announced: Announced) -> Announced:
            announce(announced)
            return announced

        self.installed = Installed(
            self.settings,
            tell,
            lambda plugins, seconds: Announced(
                tasks=tuple(describe_task(plugin.load(), plugin.name, plugin.package) for plugin in plugins)
            ),
        )
        self.installed.look()

    def train(self, what: str, **settings: float) -> tuple[Status, str]:
        """Train a run that does this, in as many attempts as it takes. Returns what became of it."""
        settings = self.settings.model_copy(update=settings)
        [run_id] = self.store.grids.ensure(what, [make_cell(known_tasks()["does"], {"what": what})], [0]).created
        supervisor = Supervisor(self.store, settings, "v", threading.Event(), installed=self.installed)
        while self.store.runs.find(run_id).status == Status.QUEUED:  # type: ignore[union-attr]
            self.slot.start()
            assert supervisor.supervise(self.slot, Device.CPU)
        run = self.store.runs.find(run_id)
        assert run is not None
        return run.status, run.error or ""


@pytest.fixture(scope="module")
def worker(site: Path, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneWorker]:
    folder = tmp_path_factory.mktemp("worker")
    shutil.copy(migrated_file, folder / "lab.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trainer.working.LOOK_SECONDS", 0.0)
        worker = OneWorker(folder, working_mb=3, max_crashes=1)
        yield worker
    worker.slot.kill()
    worker.store.close()
    announce(Announced())


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (
            "breaks_the_socket",
            "the training process sent an unknown message: this event is not a JSON object: b'garbage'",
        ),
        ("fills", "its working folder held "),
        ("sleeps", "the training came to the end of no epoch or step for longer than EVENKEEL_SILENT_MINUTES=0.00833"),
    ],
)
def test_a_run_that_does_not_behave_fails_with_the_reason_and_the_next_one_trains(
    worker: OneWorker, what: str, says: str
) -> None:
    status, error = worker.train(what, silent_minutes=0.5 / 60 if what == "sleeps" else 60.0)
    assert status is Status.FAILED
    assert error.startswith(says)
    assert not list(worker.settings.data_dir.glob("working/*")), "what it wrote is gone"


def test_after_all_of_them_runs_that_behave_train_and_what_one_prints_is_bounded(
    worker: OneWorker, caplog: pytest.LogCaptureFixture
) -> None:
    assert worker.train("train") == (Status.FINISHED, "")
    with caplog.at_level(logging.INFO, logger="trainer.output"):
        assert worker.train("prints") == (Status.FINISHED, "")
    assert sum(len(line) for line in caplog.messages) < 2 * MOST_BYTES
