"""Finds the plug-ins of installed packages, by their entry points. Nothing of them is imported."""

from __future__ import annotations

import hashlib
import importlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

from evenkeel.plugins import Package

log = logging.getLogger(__name__)

TASKS = "evenkeel.tasks"
# The group of the levels of a factor is its plural.
LEVELS = ("evenkeel.archs", "evenkeel.norms", "evenkeel.inits", "evenkeel.optimizers")
DATASETS = "evenkeel.datasets"
GROUPS = (TASKS, *LEVELS, DATASETS)

# The lab imports these names from its clone. A package that brings one of its own would get the lab's instead.
OURS = frozenset({"api", "evenkeel", "mlflow_server", "models", "trainer"})
NONE = "none"


@dataclass(frozen=True)
class Plugin:
    """One entry point of an installed package.

    Attributes:
        group: Such as 'evenkeel.archs'.
        name: The task or the level, as grids name it.
        value: Where its code is: 'lab_nets.mixer:build'.
        digest: Changes when the package is installed again with other files.
        clashes: The top-level names that both the package and the lab bring.
    """

    group: str
    name: str
    value: str
    package: Package
    digest: str = ""
    clashes: tuple[str, ...] = ()

    @property
    def factor(self) -> str:
        """The factor that it is a level of."""
        return factor_of(self.group)

    def load(self) -> Any:
        """Import its code. This may raise anything, or never return."""
        return EntryPoint(self.name, self.value, self.group).load()


def find_plugins(allowed: str = "") -> list[Plugin]:
    """The plug-ins of all installed packages, sorted by package, group and name.

    Args:
        allowed: EVENKEEL_PLUGINS: the names of packages, separated by commas; 'none' for no package, '' for all.
    """
    importlib.invalidate_caches()
    names = {normal(name) for name in allowed.split(",") if name.strip()}
    found: dict[str, list[Plugin]] = {}
    for distribution in distributions():
        name = _name_of(distribution)
        # What stands first in the path hides the others.
        if name and normal(name) not in found and (not names or normal(name) in names):
            try:
                found[normal(name)] = list(_plugins_of(distribution))
            except Exception as error:
                # What pip left of some package must not cost the others.
                log.warning("the package %s is passed over: %s: %s", name, type(error).__name__, error)
    return sorted(
        (plugin for plugins in found.values() for plugin in plugins), key=lambda one: (one.package, one.group, one.name)
    )


def factor_of(group: str) -> str:
    """The factor whose levels are in this group: that of 'evenkeel.optimizers' is 'optimizer'."""
    return group.removeprefix("evenkeel.").removesuffix("s")


def group_of(factor: str) -> str:
    """The group with the levels of this factor."""
    return f"evenkeel.{factor}s"


def normal(name: str) -> str:
    """The name of a package, written in the one way in which pip compares names."""
    return name.strip().lower().replace("_", "-").replace(".", "-")


def _name_of(distribution: Distribution) -> str:
    """The name of a package; '' for a folder without its description, such as pip leaves now and then."""
    try:
        return distribution.metadata["Name"] or ""
    except FileNotFoundError:
        # The package importlib_metadata, which MLflow loads, finds packages in place of Python, and raises.
        return ""


def _plugins_of(distribution: Distribution) -> Iterator[Plugin]:
    entries = [entry for entry in distribution.entry_points if entry.group in GROUPS]
    if not entries:
        return
    package = Package(normal(distribution.metadata["Name"]), distribution.version)
    record = distribution.read_text("RECORD") or ""
    digest = hashlib.sha256(record.encode()).hexdigest()[:8]
    brought = {line.partition(",")[0].partition("/")[0].removesuffix(".py") for line in record.splitlines()}
    for entry in entries:
        clashes = tuple(sorted(OURS & {*brought, entry.module.partition(".")[0]}))
        yield Plugin(entry.group, entry.name, entry.value, package, digest, clashes)
