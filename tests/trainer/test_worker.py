"""What a worker makes of a message, and what it tells of itself."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import Machine

from evenkeel.grids.sharing import Device, device_kind
from evenkeel.lab.queue import MESSAGE_VERSION, TASK
from evenkeel.settings import Settings
from evenkeel.store import Store
from models.task import CLASSIFICATION
from trainer.disk import Disk
from trainer.gpu import unused_gpu
from trainer.process import make_worker_app
from trainer.slots import Slots
from trainer.worker import TrainingWorker


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    machine = Machine("cpu")
    monkeypatch.setattr("trainer.slots.Slot", machine.slot)
    yield machine
    machine.stop()


@pytest.fixture
def worker(store: Store, database_url: str, tmp_path: Path, machine: Machine) -> Iterator[TrainingWorker]:
    settings = Settings(database_url=database_url, data_dir=tmp_path, device="cpu", slots=1)
    worker = TrainingWorker(settings, Slots(settings))
    worker.installed.look()
    yield worker
    worker.store.close()


@pytest.mark.parametrize("message", [{}, {"version": MESSAGE_VERSION + 1}, {"version": 0, "run_id": "x"}])
def test_a_message_of_another_version_is_left_alone_and_said(
    worker: TrainingWorker,
    message: dict[str, object],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked: list[Device] = []
    monkeypatch.setattr(worker, "work", worked.append)
    task = make_worker_app(worker, Device.CPU).tasks[TASK]
    with caplog.at_level(logging.ERROR):
        task(**message)
    assert worked == []
    assert f"is ignored; this worker knows only version {MESSAGE_VERSION}" in caplog.text
    task(version=MESSAGE_VERSION, comment="a word that a later version may add")
    assert worked == [Device.CPU]


def told(store: Store) -> tuple[str, bool]:
    """What the one worker that is seen says of its device, and whether it is ready."""
    [seen] = store.workers.seen(60)
    return seen.device, seen.ready


def test_a_worker_without_its_device_is_seen_with_its_problem(
    store: Store, worker: TrainingWorker, machine: Machine
) -> None:
    machine.devices.clear()
    assert not worker.slots.start(machine.slots[0])
    worker.be_seen()
    [seen] = store.workers.seen(60)
    assert (seen.problem, seen.slots, seen.ready) == ("no slot on cpu: cpu is missing", 1, False)


def test_a_worker_is_starting_until_its_slots_are_warm_and_messages_are_taken_and_tells_then_at_once(
    store: Store, worker: TrainingWorker
) -> None:
    worker.be_seen()
    assert told(store) == ("starting", False)
    worker.slots.warm()
    worker.be_seen()
    assert told(store) == ("starting", False)
    # No heartbeat comes between.
    worker.announce()
    assert told(store) == ("cpu", True)


def test_a_worker_is_starting_until_it_knows_its_plug_ins(
    store: Store, worker: TrainingWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.slots.warm()
    monkeypatch.setattr(worker.installed, "_told", None)
    worker.announce()
    assert told(store) == ("starting", False)
    monkeypatch.setattr("trainer.plugins.installed.PATIENCE_SECONDS", -1.0)
    worker.be_seen()
    assert told(store) == ("cpu", True)


def test_a_worker_whose_children_died_is_starting_again(store: Store, worker: TrainingWorker, machine: Machine) -> None:
    worker.slots.warm()
    worker.announce()
    machine.kill_children()
    worker.be_seen()
    assert told(store) == ("starting", False)
    worker.slots.keep_warm()
    worker.be_seen()
    assert told(store) == ("cpu", True)


def test_a_worker_that_left_is_not_seen_and_does_not_come_back(store: Store, worker: TrainingWorker) -> None:
    worker.be_seen()
    worker.leave()
    worker.be_seen()
    assert store.workers.seen(60) == []


@pytest.mark.parametrize(("device", "warns"), [("auto", True), ("cpu", False)])
def test_a_worker_on_the_cpu_of_a_machine_with_a_gpu_says_so_and_trains(
    store: Store,
    database_url: str,
    tmp_path: Path,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    device: str,
    warns: bool,
) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "nvidia0").touch()
    monkeypatch.setattr("trainer.worker.unused_gpu", lambda: unused_gpu(tmp_path, {}))
    settings = Settings(database_url=database_url, data_dir=tmp_path, device=device)
    worker = TrainingWorker(settings, Slots(settings))
    worker.installed.look()
    worker.slots.warm()
    worker.look_for_unused_gpu()
    worker.announce()
    worker.store.close()
    [seen] = store.workers.seen(60)
    assert (seen.ready, seen.device, seen.problem) == (True, "cpu", None)
    said = "trains on the CPU, though this machine has an NVIDIA GPU (there is /dev/nvidia0)"
    assert (said in (seen.warning or ""), said in caplog.text) == (warns, warns)


def test_a_worker_tells_which_tasks_it_trains(
    store: Store, worker: TrainingWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.be_seen()
    assert [seen.tasks for seen in store.workers.seen(60)] == [{"classification": CLASSIFICATION.version}]
    monkeypatch.setattr("trainer.trainers.TRAINERS", {})
    worker.be_seen()
    assert [seen.tasks for seen in store.workers.seen(60)] == [{}]


@pytest.mark.parametrize(("name", "kind"), [("cpu", Device.CPU), ("cuda", Device.CUDA), ("cuda:3", Device.CUDA)])
def test_a_devices_kind_is_its_name_without_a_number(name: str, kind: Device) -> None:
    assert device_kind(name) is kind


def test_several_gpus_have_the_slots_of_each() -> None:
    settings = Settings(device="cuda:0,cuda:1", slots=3)
    assert settings.devices == ["cuda:0", "cuda:1"]


@pytest.mark.stack
@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("TASKS", "nowhere:TASK", "EVENKEEL_TASKS: 'nowhere:TASK' cannot be loaded: No module named 'nowhere'"),
        ("DATABASE_URL", "nonsense", "EVENKEEL_DATABASE_URL is not a URL like sqlite:///"),
        ("DATABASE_URL", "sqlite:///{folder}/file/lab.db", "File exists"),
    ],
)
def test_a_worker_that_can_never_work_ends_at_once_and_says_why(
    setting: str, value: str, problem: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    store = Store(f"sqlite:///{tmp_path}/lab.db")
    store.migrate()
    store.close()
    environment = os.environ | {
        "EVENKEEL_DATABASE_URL": f"sqlite:///{tmp_path}/lab.db",
        "EVENKEEL_DATA_DIR": str(tmp_path),
        "EVENKEEL_WORKER_NAME": "w",
        f"EVENKEEL_{setting}": value.format(folder=tmp_path),
    }
    command = [sys.executable, "-m", "trainer"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("the worker w does not start: ")
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_worker_knows_the_code_of_no_task_before_it_trains_one() -> None:
    code = "import sys, trainer.process; print([m for m in sys.modules if 'trainer.classification' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_worker_with_a_full_disk_takes_no_run_says_so_and_goes_on_when_there_is_room(
    store: Store, worker: TrainingWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervised: list[str | None] = []
    monkeypatch.setattr("trainer.worker.ROOM_SECONDS", 0.01)
    monkeypatch.setattr(worker.supervisor, "supervise", lambda *_: supervised.append(worker.disk.problem))
    worker.slots.warm()
    worker.announce()
    full = Disk(worker.settings.data_dir, 10**9)
    monkeypatch.setattr(worker, "disk", full)
    at_work = threading.Thread(target=worker.work, args=(Device.CPU,))
    at_work.start()
    worker.be_seen()
    [seen] = store.workers.seen(60)
    assert not seen.ready
    assert "is full" in (seen.problem or "")
    assert seen.disk_free_bytes is not None
    assert supervised == []
    monkeypatch.setattr(worker, "disk", Disk(worker.settings.data_dir, 0))
    at_work.join(30)
    worker.be_seen()
    assert supervised == [None]
    assert [seen.problem for seen in store.workers.seen(60)] == [None]


@pytest.mark.slow
def test_the_slots_need_not_wait_until_mlflows_client_is_loaded() -> None:
    code = "import trainer.process, sys; assert not {'mlflow', 'matplotlib', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
