"""Checkpoints that are whole or not there: written aside, synced, renamed; a sha256 tells a flipped bit."""

import hashlib
import os
from pathlib import Path
from typing import Any

import torch

from trainer.loop import Training

KEPT = 2


def save_checkpoint(folder: Path, training: Training) -> tuple[Path, str]:
    """Write `folder`/epoch-NNNN.pt with a .sha256 beside it, keep the last two: (path, sha256).

    It holds `model` and `optimizer` state dicts (on the CPU when loaded with map_location), `epoch`, `seed` and `cell`
    (the levels), and reads back under torch.load(weights_only=True).
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"epoch-{training.epoch:04d}.pt"
    state = {
        "model": training.model.state_dict(),
        "optimizer": training.optimizer.state_dict(),
        "epoch": training.epoch,
        "seed": training.seed,
        "cell": training.cell.model_dump(mode="json"),
    }
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    digest = sha256_of(partial)
    _write_synced(path.with_suffix(".sha256"), f"{digest}  {path.name}\n")
    partial.rename(path)
    _sync_folder(folder)
    for old in sorted(folder.glob("epoch-*.pt"))[:-KEPT]:
        old.unlink()
        old.with_suffix(".sha256").unlink(missing_ok=True)
    return path, digest


def load_checkpoint(path: Path, sha256: str) -> dict[str, Any]:
    """The state as saved, on the CPU. Raises ValueError where the file is not the one that was written."""
    if (found := sha256_of(path)) != sha256:
        raise ValueError(f"{path}: sha256 is {found}, {sha256} was written")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_synced(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
