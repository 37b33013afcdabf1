"""Writes the checkpoints of a run, and finds the one from which it goes on.

A checkpoint holds what the training's `state_dict` returned. Under the key 'evenkeel' it also holds what the lab knows:
which run it is, how far it is, what each epoch measured, what it computed with, and the global random generators.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch

from evenkeel.plugins import Metric, Task, Training
from trainer.checkpoint_files import (
    CheckpointFile,
    Damaged,
    file_name,
    find_best,
    list_files,
    name_best,
    read_file,
    remove_all_but,
    write_file,
)
from trainer.generators import generator_states
from trainer.protocol import Checkpointed, EpochMeasured

FORMAT = 1
KEY = "evenkeel"
# The number of the newest checkpoints that are kept.
LAST = 2
NOT_MEASURED = float("-inf")


@dataclass(frozen=True)
class Identity:
    """Which run a checkpoint is of, and what it was computed with."""

    task: str
    levels: Mapping[str, Any]
    seed: int
    dataset_hash: str
    arithmetic: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """A checkpoint that was read.

    Attributes:
        history: What each of its epochs measured.
        state: The state of the training.
        generators: The states of the global random generators.
        done: Whether the training had said that it is done: see `evenkeel.plugins.Training`.
        collapsed: Whether it had said that it has collapsed.
    """

    file: CheckpointFile
    identity: Identity
    history: list[EpochMeasured]
    state: dict[str, Any]
    generators: dict[str, Any]
    done: bool = False
    collapsed: bool = False


def read(file: CheckpointFile) -> Found:
    """Read a checkpoint.

    Raises:
        Damaged: If it is not the file that was written, or if an earlier version wrote it, which left things out.
    """
    try:
        state = torch.load(io.BytesIO(read_file(file.path)), map_location="cpu", weights_only=True)
        notes = state.pop(KEY, None)
    except Damaged:
        raise
    except Exception as error:
        raise Damaged(f"it cannot be read: {_in_short(error)}") from error
    if notes is None or notes["format"] != FORMAT:
        raise Damaged("another version of this code wrote it")
    history = [EpochMeasured(**epoch) for epoch in json.loads(notes["history"])]
    # Checkpoints of the version before say nothing of these two.
    said = notes.get("done", False), notes.get("collapsed", False)
    return Found(file, Identity(**notes["identity"]), history, state, notes["generators"], *said)


class Keeper:
    """Writes the checkpoints of one attempt. Keeps the last two of the run, and the best.

    The best one has the best value of the task's metric on validation examples, or else of its default metric.
    """

    def __init__(self, folder: Path, task: Task, identity: Identity, found: Found | None) -> None:
        self._folder, self._identity = folder, identity
        self._metric: Metric = task.metric(task.per_example or task.default_metric)
        self._attempt = int(folder.name.rpartition("-")[2])
        self._kept = [*_best_of(folder.parent), found.file] if found else []
        self._tried = False
        self.history = list(found.history) if found else []

    def save(self, training: Training, epoch: int, step: int) -> Checkpointed:
        """Write a checkpoint of the training, as of its last yield.

        Raises:
            OSError: If it cannot be written.
            TypeError: If the state of the training holds something that cannot be read back.
        """
        notes = {
            "format": FORMAT,
            "identity": asdict(self._identity),
            # As one text: torch takes long to write and to read thousands of small values.
            "history": json.dumps([vars(measured) for measured in self.history]),
            "generators": generator_states(),
            "done": bool(training.done),
            "collapsed": bool(training.collapsed),
        }
        buffer = io.BytesIO()
        torch.save(training.state_dict() | {KEY: notes}, buffer)
        if not self._tried:
            _try_to_load(buffer)
            self._tried = True
        path = self._folder / file_name(epoch, step)
        digest = write_file(path, buffer.getbuffer())
        self._keep(CheckpointFile(epoch, step, self._attempt, path))
        return Checkpointed(epoch, step, str(path), digest)

    def _keep(self, written: CheckpointFile) -> None:
        """Keep this one, the one before it and the best one. Remove the others of the run."""
        self._kept.append(written)
        best = max(self._kept, key=self._goodness)
        self._kept = [file for file in self._kept if file == best or file in self._kept[-LAST:]]
        if self._goodness(best) > NOT_MEASURED:
            name_best(self._folder.parent, best.path)
        remove_all_but({file.path for file in self._kept}, self._folder.parent, self._attempt)

    def _goodness(self, file: CheckpointFile) -> float:
        """The value of the metric after the file's last epoch; the higher the better."""
        if file.step or not 0 < file.epoch <= len(self.history):
            return NOT_MEASURED
        value = self.history[file.epoch - 1].values.get(self._metric.name)
        if value is None:
            return NOT_MEASURED
        return value if self._metric.higher_is_better else -value


def _try_to_load(buffer: io.BytesIO) -> None:
    buffer.seek(0)
    try:
        torch.load(buffer, map_location="cpu", weights_only=True)
    except Exception as error:
        allowed = "tensors, numbers, texts, None, and lists and dicts of them"
        raise TypeError(f"state_dict() of the training may hold {allowed}: {_in_short(error)}") from error


def _in_short(error: Exception) -> str:
    return shorten(f"{type(error).__name__}: {error}", 300)


def _best_of(run_folder: Path) -> list[CheckpointFile]:
    path = find_best(run_folder)
    return [file for file in list_files(run_folder) if file.path == path]
