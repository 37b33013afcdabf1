"""An error that ended a training gets the word that decides what becomes of the run."""

import errno

import pytest
import torch

from evenkeel.grids.cell import UnreadableCell, read_cell
from evenkeel.records.endings import Reason
from trainer.reasons import in_words, reason_of


def caused_by(cause: Exception) -> Exception:
    error = RuntimeError("the loader failed")
    error.__cause__ = cause
    return error


def unreadable() -> Exception:
    try:
        read_cell("chess", {})
    except UnreadableCell as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"), Reason.OUT_OF_MEMORY),
        (MemoryError(), Reason.OUT_OF_MEMORY),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), Reason.OUT_OF_MEMORY),
        (OSError(errno.ENOSPC, "No space left on device"), Reason.DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), Reason.DISK_FULL),
        (caused_by(OSError(errno.ENOSPC, "No space left on device")), Reason.DISK_FULL),
        (unreadable(), Reason.UNREADABLE),
        (FileNotFoundError("no file"), Reason.ERROR),
        (ValueError("no"), Reason.ERROR),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_error_has_a_reason(error: Exception, reason: Reason) -> None:
    assert Reason(reason_of(error)) is reason


def test_what_torch_raises_on_a_cpu_without_memory_is_known() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**60, dtype=torch.uint8)
    assert reason_of(refused.value) == Reason.OUT_OF_MEMORY


def test_the_notes_of_an_error_are_told_with_it() -> None:
    error = RuntimeError("CUDA out of memory")
    error.add_note("The run has batch_size 64")
    assert in_words(error) == "RuntimeError: CUDA out of memory. The run has batch_size 64"
    assert len(in_words(RuntimeError("x" * 5000))) == 2000
