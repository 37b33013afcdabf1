"""Why a run failed: as a word of `evenkeel/records/endings.py`, and in a sentence that a person can act on."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import torch

from evenkeel.grids.cell import UnreadableCell
from trainer.commands.errors import CommandDied

MAX_ERROR = 2000  # characters

# What torch says if the machine has no memory left. It has no class of its own for that.
OUT_OF_MEMORY = ("DefaultCPUAllocator", "can't allocate memory", "CUDA out of memory")


def reason_of(error: BaseException) -> str:
    """The word for an error that ended a training: 'out_of_memory', 'disk_full', 'died', 'unreadable' or 'error'."""
    for one in _causes(error):
        if isinstance(one, torch.cuda.OutOfMemoryError | MemoryError):
            return "out_of_memory"
        if isinstance(one, RuntimeError) and any(words in str(one) for words in OUT_OF_MEMORY):
            return "out_of_memory"
        if isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT):
            return "disk_full"
        if isinstance(one, CommandDied):
            return "died"
        if isinstance(one, UnreadableCell):
            return "unreadable"
    return "error"


def in_words(error: BaseException) -> str:
    """The kind of the error, its message, and the notes that were added to it."""
    return ". ".join([f"{type(error).__name__}: {error}"[:MAX_ERROR], *getattr(error, "__notes__", [])])


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
