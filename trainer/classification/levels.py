"""Loads the code of the levels that plug-ins bring, before a run is trained with them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from evenkeel.grids.cell import Cell
from evenkeel.grids.tasks import announced_in
from evenkeel.packages.find import NONE, Plugin, find_plugins, group_of
from evenkeel.plugins import Package
from evenkeel.settings import get_settings
from models.extra import BUILT_IN, extra_levels, is_built_in, register
from models.task import CLASSIFICATION
from trainer.plugins.load import PluginError

if TYPE_CHECKING:
    from models.task import Classification


def load_levels(parameters: Classification) -> None:
    """Hand in the code of every level of a cell that is not built in. Code that is here already is not loaded again.

    Raises:
        PluginError: If no package here brings a level.
        Exception: Whatever the import of the package raises.
    """
    levels = parameters.model_dump(mode="json")
    missing = [name for name in BUILT_IN if not is_built_in(name, levels[name])]
    announced = {part.package for part in announced_in(Cell(CLASSIFICATION, parameters))} if missing else set()
    for factor in missing:
        level = levels[factor]
        if level not in extra_levels[factor]:
            plugin = _find(factor, level, announced)
            register(factor, level, plugin.load(), str(plugin.package))


def _find(factor: str, level: str, announced: Collection[Package]) -> Plugin:
    """The plug-in that brings a level. Two packages may bring it, so it must be from one that was announced, if any."""
    allowed = get_settings().plugins
    for plugin in [] if allowed == NONE else find_plugins(allowed):
        if (plugin.group, plugin.name) == (group_of(factor), level) and (not announced or plugin.package in announced):
            return plugin
    raise PluginError(f"no package here has an entry point {level!r} in the group {group_of(factor)!r}")
