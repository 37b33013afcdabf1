"""The warm child of one slot: the only process that imports torch. JSON lines in, JSON lines out, over one socket.

In: {"run": {"cell": ..., "seed": ...}, "folder": ...}.
Out: {"event": "ready", "device": ...}, or "broken" (with the error) where the device is not there; then for each run
"data" (with the hash of what it learns from), any number of "epoch" and "checkpoint", then "correct" (which validation
examples it has right, eight a byte, base64), and at its end one of "finished" (with the outcome) and "failed" (with the
error).
"""

import base64
import dataclasses
import json
import os
import socket
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from lab.cell import RunSpec
from lab.stability.noise import pack_bits
from lab.stability.outcome import outcome_of
from lab.status import Outcome
from trainer.checkpoint import save_checkpoint
from trainer.data import num_used
from trainer.datasets.load import load_dataset
from trainer.engine import configure, pick_device
from trainer.loop import Diverged, EpochMetrics, prepare, train


@dataclasses.dataclass(frozen=True)
class SlotOptions:
    """What the worker's settings say to a slot's child."""

    device: str
    threads: int
    checkpoint_every: int
    datasets_dir: str
    diagnose: bool
    loader_workers: int


class Pipe:
    def __init__(self, descriptor: int) -> None:
        self._file = socket.socket(fileno=descriptor).makefile("rw", encoding="utf-8")

    def send(self, event: str, **values: Any) -> None:
        self._file.write(json.dumps({"event": event, **values}) + "\n")
        self._file.flush()

    def receive(self) -> dict[str, Any] | None:
        line = self._file.readline()
        return json.loads(line) if line else None


def run(order: dict[str, Any], pipe: Pipe, options: SlotOptions) -> None:
    """Train one run and tell of it. An error of the training itself is reported, not raised."""
    try:
        spec = RunSpec.model_validate(order["run"])
        data = load_dataset(spec.cell, Path(options.datasets_dir))
        pipe.send("data", dataset_hash=data.hash)
        training = prepare(spec.cell, spec.seed, data.num_classes, pick_device(options.device))
        training.diagnose, training.loader_workers = options.diagnose, options.loader_workers
        accuracy, losses = 0.0, []
        for result in train(training, data):
            if isinstance(result, Diverged):
                return pipe.send("finished", outcome=Outcome.DIVERGED, diverged_epoch=result.epoch)
            assert isinstance(result, EpochMetrics)
            pipe.send("epoch", **dataclasses.asdict(result))
            accuracy = result.train_accuracy
            losses.append(result.train_loss)
            if result.epoch % options.checkpoint_every == 0 or result.epoch == spec.cell.epochs:
                path, sha256 = save_checkpoint(Path(order["folder"]), training)
                pipe.send("checkpoint", epoch=result.epoch, path=str(path), sha256=sha256)
        assert training.correct is not None
        bits = base64.b64encode(pack_bits(training.correct.numpy())).decode()
        pipe.send("correct", num_examples=len(training.correct), bits=bits)
        num_examples = num_used(len(data.train), spec.cell.train_fraction)
        outcome, diverged = outcome_of(accuracy, num_examples, data.num_classes, np.array(losses), training.start_loss)
        pipe.send("finished", outcome=outcome, diverged_epoch=diverged)
    except Exception as error:
        traceback.print_exc()
        pipe.send("failed", error=f"{type(error).__name__}: {error}"[:2000])


def watch_parent(parent: int) -> None:
    """Where the kernel cannot end an orphan, it ends itself."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main(descriptor: int, options: SlotOptions) -> None:
    threading.Thread(target=watch_parent, args=(os.getppid(),), daemon=True).start()
    configure(options.threads)
    pipe = Pipe(descriptor)
    try:
        pipe.send("ready", device=str(pick_device(options.device)))
    except RuntimeError as error:
        return pipe.send("broken", error=str(error))
    while order := pipe.receive():
        run(order, pipe, options)


if __name__ == "__main__":
    main(int(sys.argv[1]), SlotOptions(**json.loads(sys.argv[2])))
