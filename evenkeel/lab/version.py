"""The version of the code that trained a run: the release, and the commit if the code runs from a checkout."""

import os
import subprocess
from functools import cache
from pathlib import Path

from evenkeel import __version__


@cache
def code_version() -> str:
    """'0.1.0+3f2c1ab' in a checkout, with '-dirty' if it has uncommitted changes; '0.1.0' outside a checkout. The
    environment variable EVENKEEL_CODE_VERSION replaces both."""
    if given := os.environ.get("EVENKEEL_CODE_VERSION"):
        return given[:64]
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return __version__
    try:
        command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
        described = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__}+{described.stdout.strip()}"
