"""Installed packages with plug-ins, written as pip would install them."""

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from evenkeel.packages.find import OURS


@contextmanager
def in_path(folder: Path) -> Iterator[Path]:
    """Put a folder into the path of this process and of those that it starts. Forget what was imported from it."""
    paths = [str(folder), os.environ.get("PYTHONPATH") or os.getcwd()]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        yield folder
    # Some tests install a package that brings a name of ours.
    tops = {path.stem for path in folder.glob("*")} - {*OURS, "tests"}
    for name in [name for name in sys.modules if name.partition(".")[0] in tops]:
        del sys.modules[name]


def install(
    folder: Path, name: str, files: Mapping[str, str], entries: Mapping[str, Mapping[str, str]], version: str = "0.1.0"
) -> Path:
    """Install a package into a folder, which belongs into the path of Python.

    Args:
        files: path -> text.
        entries: group -> name -> value, such as {"evenkeel.archs": {"mixer": "lab_nets.mixer:build"}}.

    Returns:
        The folder.
    """
    for old in folder.glob(f"{name.replace('-', '_')}-*.dist-info/*"):
        old.unlink()
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in of.items()) for group, of in entries.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    record = [f"{path},sha256={hashlib.sha256(text.encode()).hexdigest()},{len(text)}" for path, text in files.items()]
    (info / "RECORD").write_text("\n".join(record) + "\n")
    return folder


# A task that needs no torch and trains in no time. Its state is one number.
WALK = '''"""A random walk."""

import numpy as np
from pydantic import BaseModel, Field

from evenkeel.plugins import Metric, Training
from evenkeel.plugins.training import derive_seed


class Walk(Training):
    """A walk that drifts."""

    class Params(BaseModel):
        drift: float = Field(0.0, ge=-1, le=1)
        epochs: int = Field(3, ge=1)

    metrics = [Metric("place", better="higher")]
    diagnostics = ()

    def setup(self):
        self.place = 0.0

    def epoch(self):
        draw = np.random.default_rng(derive_seed(self.seed, "step", self.epochs_done)).normal()
        self.place += self.params.drift + float(draw)
        return {"place": self.place}

    def state_dict(self):
        return {"place": self.place}

    def load_state_dict(self, state):
        self.place = state["place"]
'''
WALKS = {"evenkeel.tasks": {"walk": "strolls.walk:Walk"}}


def install_walk(folder: Path, name: str = "strolls", version: str = "0.1.0") -> Path:
    """Install the package `strolls` with the task `walk`."""
    return install(folder, name, {"strolls/walk.py": WALK}, WALKS, version)
