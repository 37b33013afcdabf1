"""Which code trained a run: the package's version, and the commit where it runs from a checkout."""

import os
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path


@cache
def code_version() -> str:
    """'0.1.0+3f2c1ab' ('-dirty' with uncommitted changes), '0.1.0' outside a checkout; EVENKEEL_CODE_VERSION wins."""
    if given := os.environ.get("EVENKEEL_CODE_VERSION"):
        return given[:64]
    release = version("evenkeel")
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():
        return release
    try:
        command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
        described = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return release
    return f"{release}+{described.stdout.strip()}"
