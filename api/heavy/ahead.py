"""What the server of the pool's processes loads before the first question. They inherit it, and that they compute with
one thread.
"""

import os
from contextlib import suppress

# This must come before NumPy is loaded. Beside busy cores, threads of OpenBLAS that wait for each other cost four times
# the CPU time of one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# What fails here, such as a task that cannot be loaded, fails in the API too, which says so.
with suppress(Exception):
    # Elsewhere, SciPy loads these when they are first used.
    import scipy.optimize
    import scipy.stats  # noqa: F401

    import api.heavy.process  # noqa: F401
    from evenkeel.grids.tasks import known_tasks

    known_tasks()
