"""Child processes that end when their parent ends."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def dies_with_parent(sign: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn` that makes the child end with this process: see `die_with`."""
    parent = os.getpid()
    return lambda: die_with(parent, sign)


def die_with(parent: int, sign: int = signal.SIGKILL) -> None:
    """Make this process end with its parent. A child process calls this.

    Linux sends the child `sign` when the *thread* that started it ends, so start it from a thread that lives long
    enough. On other systems nothing is sent, and the child must check by itself whether its parent still runs.

    Args:
        parent: The process id of the parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, sign)
    if os.getppid() != parent:
        os._exit(1)


def ctrl_c_reaches_us() -> bool:
    """Whether this process is in the foreground of a terminal. If it was started with setsid, nohup or &, it is not."""
    try:
        with open("/dev/tty") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
