"""The tests of this folder need an NVIDIA GPU. On a machine without one they are not collected: scripts/gpu-check."""

from pathlib import Path

from trainer.gpu import DEVICE_FILES

collect_ignore_glob = [] if any(Path("/").glob(DEVICE_FILES)) else ["test_*.py"]
