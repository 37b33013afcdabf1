"""Loads the code of plug-ins in the child, when a run needs it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from evenkeel.grids.tasks import announce
from evenkeel.packages.find import NONE, find_plugins
from evenkeel.plugins import Announced, Package
from evenkeel.settings import get_settings
from trainer.commands.file import is_command


class PluginError(Exception):
    """A plug-in is not there in the version that a run needs."""


def use(announced: Announced) -> None:
    """Make this process know what a run needs of plug-ins.

    Args:
        announced: What the worker has of the run's plug-ins: their task, or the levels of the cell.

    Raises:
        PluginError: If a package is not installed in the announced version.
    """
    commands = {task.package for task in announced.tasks if is_command(task)}
    for package in announced.packages - commands:
        check_version(package)
    announce(announced)


def check_version(package: Package) -> None:
    """Raises PluginError if a package is not installed in this version."""
    try:
        found = version(package.name)
    except PackageNotFoundError:
        raise PluginError(f"this run needs {package}, and {package.name} is not installed here any more") from None
    if found != package.version:
        raise PluginError(f"this run needs {package}, and here {package.name} has the version {found} now")


def load_plugin(group: str, name: str) -> Any:
    """Import the code of a plug-in. Raises PluginError if no package here has it, or what the import raises."""
    allowed = get_settings().plugins
    for plugin in [] if allowed == NONE else find_plugins(allowed):
        if (plugin.group, plugin.name) == (group, name):
            return plugin.load()
    raise PluginError(f"no package here has an entry point {name!r} in the group {group!r}")
