"""Children that never outlive their parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def dies_with_parent(sign: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn`: see `die_with`."""
    parent = os.getpid()
    return lambda: die_with(parent, sign)


def die_with(parent: int, sign: int = signal.SIGKILL) -> None:
    """Called in a child: Linux sends it `sign` when the *thread* that started it ends, so start it from one that lives
    as long as it should. Elsewhere nothing happens, and the child must watch for its parent itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, sign)
    if os.getppid() != parent:
        os._exit(1)
