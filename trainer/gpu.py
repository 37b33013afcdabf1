"""Finds out whether this machine has NVIDIA GPUs and how much of their memory is used. It does not import torch."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

MIB = 1024 * 1024

# NVIDIA's driver makes one file of each kind for each GPU. A container that was given no GPU has no DEVICE_FILES. But
# it has the DRIVER_FILES of its host, since Docker hides nothing below /proc/driver.
DEVICE_FILES, DRIVER_FILES = "dev/nvidia[0-9]*", "proc/driver/nvidia/gpus/*"
CONTAINER_FILES = (".dockerenv", "run/.containerenv")


def gpu_memory(devices: list[str]) -> tuple[int, int] | None:
    """The memory of the GPUs among `devices`. The memory used by all processes counts, not only that of the worker.

    Args:
        devices: Names as torch has them, such as 'cuda:0' or 'cpu'.

    Returns:
        (used bytes, all bytes), summed over the GPUs; None if there is no GPU or nvidia-smi gives no numbers.
    """
    indices = [device.partition(":")[2] or "0" for device in devices if device.startswith("cuda")]
    if not indices or shutil.which("nvidia-smi") is None:
        return None
    query = ["nvidia-smi", "--query-gpu=memory.used,memory.total", "--format=csv,noheader,nounits"]
    try:
        asked = subprocess.run(
            [*query, f"--id={','.join(indices)}"], capture_output=True, text=True, timeout=5, check=True
        )
        rows = [[int(number) for number in line.split(",")] for line in asked.stdout.splitlines()]
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return sum(used for used, _ in rows) * MIB, sum(total for _, total in rows) * MIB


def unused_gpu(
    root: Path = Path("/"), environment: Mapping[str, str] = os.environ, torch_version: str | None = None
) -> str | None:
    """A warning for a worker that would use a GPU but found none, although this machine has one from NVIDIA.

    Args:
        root: The folder that contains `dev` and `proc`.
        torch_version: The version of torch; that of the installed torch if None.

    Returns:
        What shows that there is a GPU, and how the worker can use it. None if nothing shows a GPU, or if
        CUDA_VISIBLE_DEVICES hides every GPU.
    """
    if environment.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return None
    given = sorted(root.glob(DEVICE_FILES))
    known = [*given, *sorted(root.glob(DRIVER_FILES))]
    sign = f"there is /{known[0].relative_to(root)}" if known else _listed(environment)
    if sign is None:
        return None
    if not given and any((root / name).exists() for name in CONTAINER_FILES):
        remedy = (
            "The container was given no GPU: set COMPOSE_FILE=compose.yaml:compose.gpu.yaml in .env, and run docker "
            "compose up -d"
        )
    elif (found := torch_version or version("torch")).endswith("+cpu"):
        remedy = f"torch {found} is a build without CUDA: install a build with CUDA"
    else:
        remedy = (
            f"torch {found} sees no GPU: run nvidia-smi to see whether the driver works. A newer driver may be needed"
        )
    return (
        f"trains on the CPU, though this machine has an NVIDIA GPU ({sign}). {remedy}. To train on the CPU without "
        "this warning, set EVENKEEL_DEVICE=cpu"
    )


def _listed(environment: Mapping[str, str]) -> str | None:
    """A sentence with the first GPU that nvidia-smi lists; None if it lists none."""
    command = shutil.which("nvidia-smi", path=environment.get("PATH"))
    if command is None:
        return None
    try:
        listed = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return f"nvidia-smi lists {listed.splitlines()[0]}" if listed.startswith("GPU ") else None
