"""Finds the code of a checkpoint's levels among the packages that are installed here, for `models.load` alone."""

from __future__ import annotations

import os
import warnings

from evenkeel.packages.find import NONE, find_plugins, group_of, normal
from models.extra import LevelError, extra_levels, register


def find_code(factor: str, level: str, package: str) -> None:
    """Make sure that the code of a level is here: it was handed in, or the package that brought it is installed.

    Args:
        package: The package that brought the level when the checkpoint was written, such as 'lab-nets==0.1.0'; '' if
            that is not known. Code of any other package is not loaded.

    Raises:
        LevelError: If the code is not here, or cannot be loaded. The message says how to get it.
    """
    if level in extra_levels[factor]:
        return
    name, _, version = package.partition("==")
    wanted = group_of(factor), level, normal(name)
    allowed = os.environ.get("EVENKEEL_PLUGINS", "")
    for plugin in [] if allowed == NONE else find_plugins(allowed):
        if plugin.clashes or (plugin.group, plugin.name, plugin.package.name) != wanted:
            continue
        try:
            code = plugin.load()
        except Exception as error:
            raise LevelError(f"{factor} {level!r} of {package} cannot be loaded: {error}") from error
        if plugin.package.version != version:
            here = f"{plugin.package} is installed here"
            warnings.warn(f"{factor} {level!r} was trained with {package}, and {here}", stacklevel=4)
        return register(factor, level, code, str(plugin.package))
    install = f"; run: pip install {package}" if package else ""
    raise LevelError(
        f"{factor} {level!r} comes from {package or 'a plug-in'}, which is not installed here{install}. "
        "Or hand in its code with models.extra.register"
    )
