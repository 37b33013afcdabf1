"""The plug-ins and commands that a worker has, as far as they can be used. It looks again when they change."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from evenkeel.grids.cell import Cell
from evenkeel.lab.announced import refresh
from evenkeel.packages.find import NONE, Plugin, find_plugins
from evenkeel.plugins import Announced
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.commands.file import read_commands
from trainer.plugins.look import broken
from trainer.plugins.probe import join, probe

log = logging.getLogger(__name__)

# A worker that has just started counts as starting for this long, until it knows its plug-ins.
PATIENCE_SECONDS = 15.0
AT_ONCE = 4
# So often it looks after a folder has changed: pip may have been in the middle of writing into it.
LOOKS = 3
REFUSED_SECONDS = 60.0

Key = tuple[Plugin, ...]
NOTHING = Announced()


class Installed:
    """The plug-ins of one worker. One thread calls `look`, and any may read what it found.

    Args:
        tell: Is called with what the worker has, whenever that has changed. Returns what of it the lab can use.
        probe: Looks at the plug-ins of one package, within some seconds.

    Attributes:
        announced: What the lab can use of what the worker has, and what it cannot use and why.
        since: When something was last installed, on the clock of `time.monotonic`; 0 if nothing was since the worker
            started. A process from before may not find it, since Python reads some files of packages only at its start.
    """

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[Announced], Announced],
        probe: Callable[[Key, float], Announced] = probe,
    ) -> None:
        self._settings, self._tell, self._probe = settings, tell, probe
        self.announced, self.since = NOTHING, 0.0
        self._seen: object = None
        self._looks = 0
        self._has = NOTHING
        self._told: Announced | None = None
        self._told_at = 0.0
        # What was found about the plug-ins of a package. One that hangs is not tried again until it is another.
        self._known: dict[Key, Announced] = {}
        self._found: list[Plugin] | None = None
        self._since = time.monotonic()

    @property
    def settled(self) -> bool:
        """Whether the worker knows what it has, or a plug-in takes too long to say."""
        return self._told is not None or time.monotonic() - self._since > PATIENCE_SECONDS

    @property
    def packages(self) -> frozenset[str]:
        """The packages that it has, such as 'lab-nets==0.1.0'."""
        return frozenset(map(str, self.announced.packages))

    def needed_for(self, cell: Cell) -> Announced:
        """What of it a cell needs: its task, or the levels of it that plug-ins bring."""
        name, levels = cell.task.name, cell.levels
        return Announced(
            tuple(task for task in self.announced.tasks if task.name == name),
            tuple(one for one in self.announced.levels if one.task == name and levels.get(one.factor) == one.level),
        )

    def code_of(self, needed: Announced) -> str:
        """A text that changes when the files of a package are installed again; '' if no package is needed."""
        digests = {plugin.package: plugin.digest for plugins in self._known for plugin in plugins}
        return ",".join(f"{package} {digests[package]}" for package in sorted(needed.packages & digests.keys()))

    def look(self) -> None:
        """Find out what is installed, if that may have changed, and tell it. Otherwise this costs next to nothing.

        Raises:
            StoreAway: If it could not be told. The next call tells it.
        """
        if (now := self._times()) != self._seen:
            self._seen, self._looks = now, LOOKS
        if self._looks:
            self._looks -= 1
            self._has = self._find()
        if self._has != self._told or self._is_refused():
            self.announced = self._tell(self._has)
            self._told, self._told_at = self._has, time.monotonic()
            _log(self.announced)

    def _is_refused(self) -> bool:
        """Whether the lab could not use something, and was not asked for long. Another worker may have had the name."""
        was_refused = self.announced.broken != self._has.broken
        return was_refused and time.monotonic() - self._told_at > REFUSED_SECONDS

    def _times(self) -> tuple[int, ...]:
        """When something was last added to or removed from the folders that packages are in, as pip does, and when the
        file of commands was changed."""
        file = self._settings.commands_file
        return tuple(map(_changed, [*sys.path, *([str(file)] if file else [])]))

    def _find(self) -> Announced:
        allowed = self._settings.plugins
        began = time.monotonic()
        found = [] if allowed == NONE else find_plugins(allowed)
        if found != self._found:
            self.since = 0.0 if self._found is None else began
            self._found = found
        usable = [plugin for plugin in found if not plugin.clashes]
        packages = [tuple(plugins) for _, plugins in groupby(usable, key=lambda plugin: plugin.package)]
        new = [plugins for plugins in packages if plugins not in self._known]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda plugins: self._probe(plugins, self._settings.plugin_seconds), new))
        known = self._known | dict(zip(new, answers, strict=True))
        self._known = {plugins: known[plugins] for plugins in packages}
        clashing = [broken(plugin, _clash(plugin)) for plugin in found if plugin.clashes]
        return join([*clashing, *self._known.values(), read_commands(self._settings.commands_file).announced])


def telling(store: Store, worker: str) -> Callable[[Announced], Announced]:
    """A function that tells the lab what a worker has, and returns what of it the lab can use."""

    def tell(announced: Announced) -> Announced:
        usable = store.plugins.announce(worker, announced)
        refresh(store, now=True)
        return usable

    return tell


def _clash(plugin: Plugin) -> str:
    return (
        f"its package has a top-level {plugin.clashes[0]!r}, and so has the lab. The lab's would be imported in its "
        "place; rename it"
    )


def _changed(path: str) -> int:
    try:
        return os.stat(path or ".").st_mtime_ns
    except OSError:
        return 0


def _log(announced: Announced) -> None:
    for one in announced.broken:
        log.warning("the plug-in %s %s of %s is not used: %s", one.group, one.name, one.package, one.why)
    for package in sorted(announced.packages):
        log.info("plug-ins of %s can be used", package)
