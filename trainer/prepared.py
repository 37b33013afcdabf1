"""The datasets that lie prepared on this machine: a folder `NAME-SIZE/` each, which its manifest.json describes."""

import json
from pathlib import Path
from typing import Any

from evenkeel.plugins import Prepared

FORMAT = 1
MANIFEST = "manifest.json"


def folder_of(root: Path, name: str, image_size: int) -> Path:
    return root / f"{name}-{image_size}"


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """None where nothing whole of a format that this code reads is there."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return None
    return manifest if manifest.get("format") == FORMAT else None


def list_prepared(root: Path) -> list[Prepared]:
    """Everything that lies whole below `root`, by name and size."""
    manifests = [read_manifest(folder) for folder in sorted(root.glob("*-*/")) if not folder.name.endswith(".partial")]
    return [Prepared(**manifest["dataset"]) for manifest in manifests if manifest]
