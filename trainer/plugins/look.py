"""Imports the plug-ins of one package, and says what each of them is. `trainer.plugins.probe` runs this in a process of
its own, which may end or hang without harm.

It writes one line for each plug-in to a file descriptor, so that it does not matter what a plug-in prints.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib.util import find_spec
from typing import Any

from evenkeel.grids.tasks import DEFAULT_TASK
from evenkeel.packages.describe import describe_task, first_line
from evenkeel.packages.find import DATASETS, TASKS, Plugin
from evenkeel.plugins import Announced, AnnouncedLevel, Broken, Package

MAX_WHY = 500  # characters


def look_at(plugin: Plugin) -> Announced:
    """Import a plug-in, and describe it. Whatever is wrong with it is the result."""
    try:
        thing = plugin.load()
    except BaseException as error:
        return broken(plugin, f"{type(error).__name__}: {error}{_place(error, plugin)}")
    try:
        return describe(plugin, thing)
    except ValueError as error:
        return broken(plugin, str(error))
    except Exception as error:
        return broken(plugin, f"it cannot be described: {type(error).__name__}: {error}")


def describe(plugin: Plugin, thing: Any) -> Announced:
    """What the object is that the entry point names. Raises ValueError if it is of no use."""
    if plugin.group == TASKS:
        return Announced(tasks=(describe_task(thing, plugin.name, plugin.package),))
    if not callable(thing):
        raise ValueError(f"{plugin.value} is not a function")
    if plugin.group == DATASETS:
        # Workers announce a dataset once it is prepared.
        return Announced()
    level = AnnouncedLevel(DEFAULT_TASK, plugin.factor, plugin.name, plugin.package, first_line(thing.__doc__))
    return Announced(levels=(level,))


def broken(plugin: Plugin, why: str) -> Announced:
    return Announced(broken=(Broken(plugin.group, plugin.name, plugin.package, why[:MAX_WHY]),))


def _place(error: BaseException, plugin: Plugin) -> str:
    """The line of the plug-in's own code at which the error was raised, as far as there is one."""
    top = plugin.value.partition(":")[0].partition(".")[0]
    spec = find_spec(top)
    homes = tuple(spec.submodule_search_locations or [spec.origin or ""]) if spec else ()
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if homes and frame.filename.startswith(homes)
    ]
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""


def main(descriptor: int, text: str) -> None:
    plugins = [Plugin(**{**fields, "package": Package(**fields["package"])}) for fields in json.loads(text)]
    with os.fdopen(descriptor, "w") as out:
        for number, plugin in enumerate(plugins):
            print(json.dumps({"number": number, "is": look_at(plugin).to_json()}), file=out, flush=True)
    # What a plug-in has left running must not keep this process.
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
