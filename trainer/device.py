"""The device that a training process works on."""

import torch


def pick_device(name: str) -> torch.device:
    """'auto' takes CUDA where there is one. Raises RuntimeError for a CUDA device that is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RuntimeError(f"device {name!r} was asked for, {torch.cuda.device_count()} CUDA devices are visible")
    return device


def configure(threads: int) -> None:
    """Deterministic algorithms, so that a run is its spec and its seed and nothing else."""
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)
