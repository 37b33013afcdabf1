"""The files of checkpoints. Each exists completely or not at all, and a changed one is noticed.

A run has the folder `checkpoints/RUN_ID/`, and in it a folder `attempt-N/` for each attempt that wrote a checkpoint. A
checkpoint is `epoch-NNNN.pt`, or `epoch-NNNN-step-NNNNNN.pt` if it was written that many steps after the end of that
epoch. Its manifest, `epoch-NNNN.sha256`, is written last. The file `best` names the best checkpoint.
"""

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from trainer.files import sync

BEST = "best"
FOLDER = re.compile(r"attempt-(\d+)")
FILE = re.compile(r"epoch-(\d+)(?:-step-(\d+))?\.pt")


class Damaged(Exception):
    """A checkpoint cannot be used, because it is not the file that was written. The message says why."""


@dataclass(frozen=True, order=True)
class CheckpointFile:
    """One checkpoint of a run. The later of two in training is the larger one.

    Attributes:
        epoch: The number of epochs that it had trained.
        step: The number of steps of the next epoch that it had trained.
        attempt: The attempt that wrote it.
    """

    epoch: int
    step: int
    attempt: int
    path: Path = field(compare=False)


def file_name(epoch: int, step: int) -> str:
    return f"epoch-{epoch:04d}-step-{step:06d}.pt" if step else f"epoch-{epoch:04d}.pt"


def list_files(run_folder: Path, until_attempt: int | None = None) -> list[CheckpointFile]:
    """The checkpoints of a run, the latest in training first. They need not be complete.

    Args:
        until_attempt: The last attempt whose checkpoints are listed; None lists all.
    """
    found = []
    for path in run_folder.glob("attempt-*/epoch-*.pt"):
        folder, file = FOLDER.fullmatch(path.parent.name), FILE.fullmatch(path.name)
        if folder and file and (until_attempt is None or int(folder[1]) <= until_attempt):
            found.append(CheckpointFile(int(file[1]), int(file[2] or 0), int(folder[1]), path))
    return sorted(found, reverse=True)


def read_file(path: Path) -> bytes:
    """The content of a checkpoint, which is the one that was written.

    Raises:
        Damaged: If the file or its manifest is missing, or if they do not fit together.
    """
    try:
        manifest = path.with_suffix(".sha256").read_bytes()
    except OSError:
        raise Damaged("its manifest is missing, so it may not be complete") from None
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Damaged(f"it cannot be read: {error.strerror}") from None
    if manifest != _manifest(hashlib.sha256(content).hexdigest(), path):
        raise Damaged("it is damaged: its sha256 is not the one in its manifest")
    return content


def write_file(path: Path, content: bytes | memoryview) -> str:
    """Write a checkpoint, and then its manifest. Returns its SHA-256, in hex.

    Raises:
        OSError: If it cannot be written, for example because the disk is full. No part of it remains then.
    """
    folder, manifest = path.parent, path.with_suffix(".sha256")
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        sync(folder.parent)
        sync(folder.parent.parent)
    digest = hashlib.sha256(content).hexdigest()
    manifest.unlink(missing_ok=True)
    _write(path, content)
    _write(manifest, _manifest(digest, path))
    return digest


def _manifest(digest: str, path: Path) -> bytes:
    """As `sha256sum` writes it."""
    return f"{digest}  {path.name}\n".encode()


def _write(path: Path, content: bytes | memoryview) -> None:
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def remove_all_but(kept: set[Path], run_folder: Path, until_attempt: int) -> None:
    """Remove the other checkpoints of a run, and what was left half-written, of the attempts up to `until_attempt`.

    Later attempts are left alone: an attempt that lost its lease may still be training.
    """
    for file in list_files(run_folder, until_attempt):
        if file.path not in kept:
            file.path.with_suffix(".sha256").unlink(missing_ok=True)
            file.path.unlink(missing_ok=True)
    for path in run_folder.glob("attempt-*/*.partial"):
        folder = FOLDER.fullmatch(path.parent.name)
        if folder and int(folder[1]) <= until_attempt:
            path.unlink(missing_ok=True)


def name_best(run_folder: Path, path: Path) -> None:
    """Write down which checkpoint of the run is the best."""
    _write(run_folder / BEST, f"{path.parent.name}/{path.name}\n".encode())


def find_best(run_folder: Path) -> Path | None:
    """The best checkpoint of the run, as far as checkpoints were written; None if there is none."""
    try:
        folder, _, name = (run_folder / BEST).read_text().strip().partition("/")
    except (OSError, ValueError):
        return None
    path = run_folder / folder / name
    return path if FOLDER.fullmatch(folder) and FILE.fullmatch(name) and path.is_file() else None
