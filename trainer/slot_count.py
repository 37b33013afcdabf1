"""How many runs a worker trains at once on a device, where EVENKEEL_SLOTS=auto leaves that to it.

`python -m benchmarks.packing` measured what runs gain that share an H100. Kernels of several processes take turns, and
then two runs are as fast as one: 0.95 to 1.18 x. With NVIDIA's Multi-Process Service (MPS) they run at the same time:
small networks gained 1.8 x with two runs, 2.7 x with four and 4.0 x with eight.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from trainer.gpu import MIB, gpu_memory

MOST_ON_A_GPU = 8
# A run of the paper's networks holds up to 3.4 GiB, and torch some more in each process.
BYTES_A_RUN = 6 * 1024 * MIB
# NVIDIA's default.
MPS_FOLDER = "/tmp/nvidia-mps"


def slots_on(device: str) -> int:
    """The number of slots on a device, as EVENKEEL_DEVICE names it: 'auto', 'cpu', 'cuda' or 'cuda:0'.

    On a CPU it is the number of cores, since a run trains on one thread unless its experiment says otherwise. A GPU has
    one slot. With MPS it has up to eight, as its memory and the cores allow.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = None if device == "cpu" else gpu_memory(["cuda" if device == "auto" else device])
    if memory is None:
        return 1 if device.startswith("cuda") else cores
    return max(1, min(MOST_ON_A_GPU, cores, memory[1] // BYTES_A_RUN)) if mps_runs() else 1


def mps_runs(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the control daemon of MPS runs. It writes its process id to its folder."""
    folder = Path(environment.get("CUDA_MPS_PIPE_DIRECTORY") or MPS_FOLDER)
    try:
        os.kill(int((folder / "nvidia-cuda-mps-control.pid").read_text()), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True
