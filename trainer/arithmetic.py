"""What a training computes with. The same run on the same arithmetic gives the same bits; on another one it may not."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from evenkeel.records.leases import ARITHMETIC

# These are recorded as well. A change of their results would show in the hash of the data.
PACKAGES = ("torchvision", "numpy", "pillow")


def arithmetic_of(device: torch.device, threads: int) -> dict[str, str]:
    """What this process computes with on a device.

    Returns:
        `torch`: its version and build. `device`: 'cpu', or the GPU's name. `driver`: the versions of the GPU's driver,
        CUDA and cuDNN; '' on a CPU. `cpu_capability`: the instructions that torch uses, such as 'AVX2'. It matters on a
        GPU, too, since the CPU draws the weights. `threads`: the number of CPU threads. Also the processor's name, and
        the version of each of PACKAGES that is installed.
    """
    gpu = device.type == "cuda"
    return {
        # Its class is torch's own, which a checkpoint may not hold.
        "torch": str(torch.__version__),
        "device": torch.cuda.get_device_name(device) if gpu else device.type,
        "driver": _driver() if gpu else "",
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": str(threads),
        "cpu": _processor(),
        **{name: found for name in PACKAGES if (found := _version(name))},
    }


def difference(mine: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """In words, what of `theirs` differs from `mine` and changes bits; '' if nothing does."""
    parts = [
        f"{name.replace('_', ' ')} {theirs.get(name) or 'unknown'} instead of {mine[name] or 'none'}"
        for name in ARITHMETIC
        if theirs.get(name) != mine[name]
    ]
    return ", ".join(parts)


def _driver() -> str:
    try:
        found = re.search(r"Module\s+([\d.]+)", Path("/proc/driver/nvidia/version").read_text())
    except OSError:
        found = None
    driver = found[1] if found else "unknown"
    cudnn = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
    return f"{driver}, CUDA {torch.version.cuda}, cuDNN {cudnn}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
