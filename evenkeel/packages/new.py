"""Writes a new package with plug-ins, which installs, trains and passes its own test."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.resources import files
from pathlib import Path

from evenkeel.packages.find import OURS

# What the templates are called.
NAME, MODULE = "lab-nets", "lab_nets"
# Entry point -> the group that it is in, and where its code is.
TASK = ("evenkeel.tasks", f'char_lm = "{MODULE}.char_lm:CharLM"')
ARCH = ("evenkeel.archs", f'mixer = "{MODULE}.mixer:build"')

PYPROJECT = f"""[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{NAME}"
version = "0.1.0"
dependencies = ["evenkeel", "torch"]
"""


class CannotWrite(Exception):
    """A package cannot be written. The message says why."""


def new_package(name: str, parent: Path, task: bool = True, arch: bool = True) -> list[Path]:
    """Write a package into the folder `parent/name`.

    Args:
        name: As pip names it: 'lab-nets'.
        task: Whether it brings a task, a character language model.
        arch: Whether it brings a network, an MLP-Mixer.

    Returns:
        The files.

    Raises:
        CannotWrite: If no package can have the name, or the folder exists.
    """
    module, folder = _module_of(name), parent / name
    if folder.exists():
        raise CannotWrite(f"{folder} exists already")
    texts = {"pyproject.toml": PYPROJECT + "".join(_entry_points(task, arch))}
    texts[f"tests/test_{module}.py"] = _template("test_plugin.py")
    for wanted, file in ((arch, "mixer.py"), (task, "char_lm.py")):
        if wanted:
            texts[f"{module}/{file}"] = _template(file)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text.replace(NAME, name).replace(MODULE, module))
    return [folder / path for path in texts]


def _module_of(name: str) -> str:
    module = name.replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or keyword.iskeyword(module):
        raise CannotWrite(f"{name!r} cannot name a package; allowed: small letters, digits and '-', such as {NAME}")
    if module in OURS or module in sys.stdlib_module_names:
        raise CannotWrite(f"{name!r} cannot name a package: Python would import another {module!r} in its place")
    return module


def _entry_points(task: bool, arch: bool) -> list[str]:
    wanted = [entry for entry, is_wanted in ((ARCH, arch), (TASK, task)) if is_wanted]
    return [f'\n[project.entry-points."{group}"]\n{entry}\n' for group, entry in wanted]


def _template(file: str) -> str:
    return (files("evenkeel.packages") / "template" / f"{file}.txt").read_text()
