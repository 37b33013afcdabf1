"""A run whose child is killed again and again ends with the bits and the record of one that was left alone."""

import io
import json
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

import models
from evenkeel.grids.cell import make_cell
from evenkeel.grids.sharing import Device
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.schema import attempts
from evenkeel.settings import Settings
from evenkeel.store import Store
from models.task import CLASSIFICATION
from trainer.checkpoint_files import read_file
from trainer.protocol import Checkpointed, Event
from trainer.slot import Slot
from trainer.supervisor import Supervisor

pytestmark = pytest.mark.soak  # tests/faults has the short form: it kills children of a whole lab

LEVELS = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 8, "width": 0.125, "epochs": 4} | {
    "train_fraction": 0.3, "augment": "crop", "schedule": "cosine", "stop": "lost",
}  # fmt: skip


class Fragile(Slot):
    """A slot whose child is killed after some of its checkpoints.

    Args:
        kills: The numbers of the checkpoints, counted over all attempts, after which the child is killed.
    """

    def __init__(self, settings: Settings, kills: set[int]) -> None:
        super().__init__(settings, "cpu")
        self.kills, self.written = kills, 0

    def receive(self, timeout_seconds: float) -> Event | None:
        event = super().receive(timeout_seconds)
        if isinstance(event, Checkpointed):
            self.written += 1
            if self.written in self.kills and self._child is not None:
                self._child.kill()
        return event


@pytest.fixture
def lab(own_store: Store) -> Store:
    return own_store


def attempts_of(store: Store, run: Run) -> Any:
    with store.database.read() as db:
        return db.execute(attempts.select().where(attempts.c.run_id == run.id).order_by(attempts.c.attempt)).all()


def train(store: Store, folder: Path, kills: set[int], loader_workers: int = 0) -> Run:
    """Train a run to its end, in as many attempts as it takes."""
    # A checkpoint after each step.
    settings = Settings(data_dir=folder, checkpoint_minutes=1e-9, loader_workers=loader_workers, device="cpu")
    [run_id] = store.grids.ensure(folder.name, [make_cell(CLASSIFICATION, LEVELS)], [7]).created
    slot = Fragile(settings, kills)
    supervisor = Supervisor(store, settings, "version", threading.Event())
    try:
        for _ in range(len(kills) + 1):
            slot.start()
            assert supervisor.supervise(slot, Device.CPU)
    finally:
        slot.kill()
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.num_epochs) == (Status.FINISHED, 4)
    return run


def content(run: Run) -> dict[str, Any]:
    """The last checkpoint of a run, without what its time decides."""
    state: dict[str, Any] = torch.load(io.BytesIO(read_file(Path(str(run.checkpoint_path)))), weights_only=True)
    history = json.loads(state["evenkeel"].pop("history"))
    state["values"] = [epoch["values"] for epoch in history]
    return state


def assert_same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_same(one[name], other[name])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    else:
        assert one == other


def test_a_run_whose_child_is_killed_ends_with_the_same_bits(lab: Store, tmp_path: Path) -> None:
    undisturbed = train(lab, tmp_path / "undisturbed", set())
    killed = train(lab, tmp_path / "killed", {1, 12, 20}, loader_workers=2)
    assert (undisturbed.attempt, killed.attempt, killed.crashes) == (1, 4, 0)
    assert_same(content(killed), content(undisturbed))
    assert models.load(str(killed.checkpoint_path)).epoch == 4
    assert (killed.outcome, killed.dataset_hash) == (undisturbed.outcome, undisturbed.dataset_hash)
    epochs = lab.runs.epochs([killed.id, undisturbed.id])
    assert [epoch.values for epoch in epochs[killed.id]] == [epoch.values for epoch in epochs[undisturbed.id]]
    assert [epoch.epoch for epoch in epochs[killed.id]] == [1, 2, 3, 4]
    bits = lab.curves.correct_bits([killed.id, undisturbed.id])
    assert bits[killed.id] == bits[undisturbed.id]
    # Each attempt goes on from the last checkpoint of the one before.
    rows = attempts_of(lab, killed)
    begins = [(row.from_epoch, row.from_step) for row in rows]
    assert begins == [(0, 0), *((row.to_epoch, row.to_step) for row in rows[:-1])]
    assert [row.ending for row in rows] == ["died"] * 3 + ["finished"]


def test_a_child_that_is_told_to_stop_writes_a_checkpoint_lives_on_and_goes_on_from_it(
    lab: Store, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, device="cpu", checkpoint_every_epochs=1)
    lab.grids.ensure("stopped", [make_cell(CLASSIFICATION, LEVELS | {"epochs": 60})], [7])
    stopping = threading.Event()

    class Stopping(Slot):
        """Its worker stops after each checkpoint."""

        def receive(self, timeout_seconds: float) -> Event | None:
            event = super().receive(timeout_seconds)
            if isinstance(event, Checkpointed):
                stopping.set()
            return event

    slot = Stopping(settings, "cpu")
    supervisor = Supervisor(lab, settings, "version", stopping)
    try:
        slot.start()
        assert slot._child is not None
        # Whoever ends a worker may send these to all of its processes, before the child was told to stop.
        for sent in (signal.SIGINT, signal.SIGTERM):
            slot._child.send_signal(sent)
        for attempt in (1, 2):
            stopping.clear()
            supervisor.supervise(slot, Device.CPU)
            assert slot.is_warm
            [run] = lab.runs.all("stopped")
            assert (run.status, run.attempt, run.crashes) == (Status.QUEUED, attempt, 0)
    finally:
        slot.kill()
    first, second = attempts_of(lab, run)
    assert (second.from_epoch, second.from_step) == (first.to_epoch, first.to_step) > (0, 0)
    assert (second.to_epoch, second.to_step) > (first.to_epoch, first.to_step)
    assert (second.ending, second.says) == ("stopped", "")
