"""How the processes of the pool begin: a server that has loaded the code forks them. The API does not, since it has
threads.

The server starts once the API answers. On two cores, both would load the same packages at the same time, and a new lab
would answer seconds later.
"""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["api.heavy.ahead"])
