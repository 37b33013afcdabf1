"""Decides where a run begins: at its last good checkpoint, or at epoch 1. Says why, if that needs a word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

from evenkeel.plugins import Task, Training
from evenkeel.records.leases import hash_arithmetic
from trainer.arithmetic import difference
from trainer.checkpoint_files import Damaged, list_files
from trainer.checkpoints import Identity, Keeper, read
from trainer.generators import restore_generators, seed_generators
from trainer.protocol import Began, TrainRun
from trainer.reasons import reason_of


@dataclass(frozen=True)
class Attempt:
    """An attempt at a run that is ready to train. `began` says where it begins."""

    training: Training
    keeper: Keeper
    began: Began


def begin(order: TrainRun, task: Task, arithmetic: dict[str, str], start: Callable[[], Training]) -> Attempt:
    """Start the training of a run, and take over its last checkpoint that fits.

    Args:
        arithmetic: What this process computes with.
        start: Starts a training that begins at epoch 1.
    """
    training, folder = start(), Path(order.folder)
    identity = Identity(task.name, order.levels, order.seed, training.dataset_hash, arithmetic)
    seed_generators(order.seed)
    passed_over: list[str] = []
    exact = order.arithmetic in ("", hash_arithmetic(arithmetic))
    for file in list_files(folder.parent):
        try:
            found = read(file)
        except Damaged as damage:
            passed_over.append(f"{file.path.parent.name}/{file.path.name}: {damage}")
            continue
        if why := _unfit(found.identity, identity, order):
            exact = exact and not difference(arithmetic, found.identity.arithmetic)
        else:
            try:
                training.resume(file.epoch, found.state)
                training.done, training.collapsed = found.done, found.collapsed
                restore_generators(found.generators)
            except Exception as error:
                if reason_of(error) == "out_of_memory":
                    raise
                why = shorten(f"it cannot be used: {type(error).__name__}: {error}", 300)
                # A part of the state may have been taken over.
                training = start()
                seed_generators(order.seed)
            else:
                began = Began(file.epoch, file.step, _says(passed_over, file.path), True, arithmetic)
                return Attempt(training, Keeper(folder, task, identity, found), began)
        passed_over.append(f"{file.path.parent.name}/{file.path.name}: {why}")
    began = Began(0, 0, _says(passed_over, None), exact, arithmetic)
    return Attempt(training, Keeper(folder, task, identity, None), began)


def _unfit(theirs: Identity, mine: Identity, order: TrainRun) -> str:
    """Why a run cannot go on from a checkpoint bit by bit; '' if it can."""
    for name in ("task", "levels", "seed", "dataset_hash"):
        if getattr(theirs, name) != getattr(mine, name):
            return f"it is of another {name.replace('_', ' ')}"
    if other := difference(mine.arithmetic, theirs.arithmetic):
        return f"it was computed with {other}, so the run would not go on with the same bits"
    if order.arithmetic not in ("", hash_arithmetic(mine.arithmetic)):
        return "the epochs on record were computed with another arithmetic"
    return ""


def _says(passed_over: list[str], goes_on: Path | None) -> str:
    if not passed_over:
        return ""
    where = f"goes on from {goes_on.parent.name}/{goes_on.name}" if goes_on else "starts from epoch 1"
    return f"{'; '.join(passed_over)}: {where}"
