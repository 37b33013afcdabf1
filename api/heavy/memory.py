"""Gives the machine back the memory that an answer no longer needs."""

import ctypes
from contextlib import suppress


def trim() -> None:
    """Return free memory to the system. It takes some milliseconds. It does nothing where the C library is not glibc.

    Without it, what one large answer has freed stays with the process between what later answers keep, and the process
    grows for hours.
    """
    # Of another C library, or of a system without one by that name.
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
