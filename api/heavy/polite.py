"""Whoever imports this lets other processes go first, and computes with one thread. The server of the pool's processes
does, and they inherit it: short answers of the API go before long ones."""

import os

NICE = 10

os.nice(NICE)
# This must come before NumPy is loaded. Beside busy cores, threads of OpenBLAS that wait for each other cost four times
# the CPU time of one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
