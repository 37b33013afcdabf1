"""The datasets that are prepared on this machine. Each is a folder `NAME-SIZE/`, described by its manifest.json."""

import json
from pathlib import Path
from typing import Any

from evenkeel.plugins import Prepared

FORMAT = 1
MANIFEST = "manifest.json"


def folder_of(root: Path, name: str, image_size: int) -> Path:
    """The folder of a prepared dataset. `image_size` is the side of its square images, in pixels."""
    return root / f"{name}-{image_size}"


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest in `folder`; None if the folder has no manifest in the format that this code reads."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return None
    return manifest if manifest.get("format") == FORMAT else None


def list_prepared(root: Path) -> list[Prepared]:
    """Every complete dataset in `root`, sorted by the name of its folder."""
    manifests = [read_manifest(folder) for folder in sorted(root.glob("*-*/")) if not folder.name.endswith(".partial")]
    return [Prepared(**manifest["dataset"]) for manifest in manifests if manifest]
