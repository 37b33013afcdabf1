"""How the processes of the pool begin: a server that has loaded the code forks them.

The API has threads, so they are not forked from it. This module imports nothing, so that the server can begin to load
while the API still does.
"""

import multiprocessing
from multiprocessing import forkserver

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["api.heavy.ahead"])


def load_ahead() -> None:
    """Let the server begin to load. This waits for nothing."""
    forkserver.ensure_running()
