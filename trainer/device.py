"""Chooses the device that a training process works on, and sets up torch for it."""

import gc
import os

import torch


def pick_device(name: str) -> torch.device:
    """The device of that name. 'auto' is CUDA if torch sees a CUDA device, else the CPU.

    Raises:
        RuntimeError: If torch does not see the CUDA device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RuntimeError(f"device {name!r} was asked for, but torch sees {torch.cuda.device_count()} CUDA devices")
    return device


def configure(threads: int = 1) -> None:
    """Set the number of CPU threads, and choose deterministic algorithms. Call this before the first use of a GPU.

    With these, the result of a run depends on its spec, its seed and what it computes with (`trainer.arithmetic`), and
    on nothing else.
    """
    # cuBLAS reads this when it starts. Without it, its matrix products may differ from one run to the next.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # torch's compiler reads this when it is loaded. `torch.use_deterministic_algorithms` would load it here.
    os.environ.setdefault("TORCHINDUCTOR_DETERMINISTIC", "1")
    set_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.set_deterministic_debug_mode("warn")
    # Otherwise torch fills each new tensor with NaN before it is written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def load_the_rest() -> None:
    """Load what torch leaves until the first optimizer of a process is made: its compiler, which takes over a
    second."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)])


def set_threads(threads: int) -> None:
    """Set the number of CPU threads. On a CPU, another number gives other bits."""
    torch.set_num_threads(threads)


def num_threads() -> int:
    """The number of CPU threads that were set."""
    return torch.get_num_threads()


def free_memory() -> None:
    """Give the memory of the GPU that is no longer used back to the GPU, so that other processes can use it."""
    gc.collect()
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.empty_cache()
