"""What the driver tells of the GPUs: their memory, and that there are any. No torch."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

MIB = 1024 * 1024

# Files of NVIDIA's driver, one for each GPU. A container that was given no GPU has none of the first; the second it has
# in common with its host, since Docker hides nothing below /proc/driver.
DEVICE_FILES, DRIVER_FILES = "dev/nvidia[0-9]*", "proc/driver/nvidia/gpus/*"
CONTAINER_FILES = (".dockerenv", "run/.containerenv")


def gpu_memory(devices: list[str]) -> tuple[int, int] | None:
    """(used, total) bytes of the GPUs among `devices` ('cuda:0', ...), all processes' counted; None without any."""
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
    """A warning for a worker that would have taken a GPU and found none: what shows that this machine has an NVIDIA
    GPU, and how it would be used. None where nothing shows it, or where CUDA_VISIBLE_DEVICES hides every GPU.

    root: the folder that `dev` and `proc` are in. torch_version: that of the installed torch if not given.
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
            "The container was given none: set COMPOSE_FILE=compose.yaml:compose.gpu.yaml in .env, and run docker "
            "compose up -d"
        )
    elif (found := torch_version or version("torch")).endswith("+cpu"):
        remedy = f"torch {found} is a build without CUDA: install one with it"
    else:
        remedy = f"torch {found} sees none: nvidia-smi tells whether the driver works; a newer one may be needed"
    return (
        f"trains on the CPU, though this machine has an NVIDIA GPU ({sign}). {remedy}. If the CPU is meant, set "
        "EVENKEEL_DEVICE=cpu"
    )


def _listed(environment: Mapping[str, str]) -> str | None:
    """The first GPU that nvidia-smi lists."""
    command = shutil.which("nvidia-smi", path=environment.get("PATH"))
    if command is None:
        return None
    try:
        listed = subprocess.run([command, "-L"], capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return f"nvidia-smi lists {listed.splitlines()[0]}" if listed.startswith("GPU ") else None
