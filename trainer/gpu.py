"""Memory of the GPUs, as the driver tells it: no torch, and nothing where there is no driver."""

import shutil
import subprocess

MIB = 1024 * 1024


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
