"""Writes checkpoints, so that each exists completely or not at all.

A checkpoint is written under another name, synced to the disk and then renamed. Its sha256 shows a flipped bit.
"""

from pathlib import Path

import torch

from trainer.classification.loop import TrainingState
from trainer.files import sha256_of, sync

KEPT = 2


def save_checkpoint(folder: Path, training: TrainingState) -> tuple[Path, str]:
    """Write `folder`/epoch-NNNN.pt and a .sha256 file beside it. Only the last two checkpoints are kept.

    The file holds the state dicts `model` and `optimizer`, and `epoch`, `seed`, `cell` (the levels) and `num_classes`.
    `models.load` makes the trained network from it. `models.read_checkpoint` returns everything that it holds.

    Returns:
        (path of the .pt file, its SHA-256 in hex).
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"epoch-{training.epoch:04d}.pt"
    state = {
        "model": training.model.state_dict(),
        "optimizer": training.optimizer.state_dict(),
        "epoch": training.epoch,
        "seed": training.seed,
        "cell": training.parameters.model_dump(mode="json"),
        "num_classes": training.num_classes,
    }
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    sync(partial)
    digest = sha256_of(partial)
    beside = path.with_suffix(".sha256")
    beside.write_text(f"{digest}  {path.name}\n")
    sync(beside)
    partial.rename(path)
    sync(folder)
    for old in sorted(folder.glob("epoch-*.pt"))[:-KEPT]:
        old.unlink()
        old.with_suffix(".sha256").unlink(missing_ok=True)
    return path, digest
