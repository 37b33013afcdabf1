"""The tasks that this process knows: those that EVENKEEL_TASKS names, and what workers announce beyond them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from evenkeel.plugins import Announced, AnnouncedLevel, AnnouncedTask, Task

if TYPE_CHECKING:
    from evenkeel.grids.cell import Cell

log = logging.getLogger(__name__)

# The task of a grid that names none. Its cells keep the hashes that they had before a grid could name a task.
DEFAULT_TASK = "classification"


class TaskError(Exception):
    """EVENKEEL_TASKS names no task, two tasks of the same name, or something that is not a task. The message says
    which."""


@dataclass(frozen=True)
class Known:
    """What this process knows.

    Attributes:
        own: the lab's own tasks, which `tasks` was made from.
        generation: rises whenever another thing is announced.
    """

    own: Mapping[str, Task]
    announced: Announced
    tasks: Mapping[str, Task]
    generation: int


_known = Known({}, Announced(), {}, 0)


def known_tasks() -> Mapping[str, Task]:
    """The tasks by name: first the lab's own, with the levels that were announced, then those that were announced.

    There is at least one. What is announced may change, so do not keep the answer. Raises TaskError.
    """
    return _now().tasks


def announce(announced: Announced) -> None:
    """Make this process know what is announced, and nothing that was announced before. What cannot be used is left out,
    and a warning says why. Raises TaskError."""
    global _known
    if announced == _known.announced:
        return
    _known = _make(own_tasks(), announced, _known.generation + 1)


def now_announced() -> Announced:
    """What is announced, as this process knows it. What of it cannot be used here is no task of `known_tasks`."""
    return _now().announced


def generation() -> int:
    """A number that changes whenever `announce` changes something."""
    return _known.generation


def requirement_of(cell: "Cell") -> str:
    """The packages that train a cell, such as 'lab-nets==0.1.0,own-norms==2.0', in the order of their names; '' if the
    lab itself does."""
    packages = {part.package for part in announced_in(cell)}
    return ",".join(str(package) for package in sorted(packages) if package.name)


def announced_in(cell: "Cell") -> list[AnnouncedTask | AnnouncedLevel]:
    """What of a cell was announced: its task, or its levels that are not the lab's own."""
    announced = _now().announced
    tasks = [task for task in announced.tasks if task.name == cell.task.name]
    levels = [level for level in announced.levels if level.task == cell.task.name]
    return [*tasks, *(level for level in levels if cell.levels.get(level.factor) == level.level)]


@cache
def own_tasks() -> Mapping[str, Task]:
    """The lab's own tasks by name, in the order of EVENKEEL_TASKS. There is at least one. Raises TaskError."""
    # The settings need a package of the service. A notebook that makes its own task has not got it.
    from evenkeel.settings import get_settings

    found: dict[str, Task] = {}
    for path in filter(None, map(str.strip, get_settings().tasks.split(","))):
        task = load_task(path)
        if task.name in found:
            raise TaskError(f"EVENKEEL_TASKS: {path!r} is a second task with the name {task.name!r}")
        found[task.name] = task
    if not found:
        raise TaskError("EVENKEEL_TASKS names no task; give each as module:NAME, separated by commas")
    return found


def load_task(path: str) -> Task:
    """The task that `path` names as 'module:NAME'. Raises TaskError."""
    module, _, name = path.partition(":")
    try:
        task = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TaskError(f"EVENKEEL_TASKS: {path!r} cannot be loaded: {error}") from error
    except Exception as error:
        # The module is a user's: its import may raise anything. Some messages make sense only with the error's type.
        raise TaskError(f"EVENKEEL_TASKS: {path!r} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(task, Task):
        raise TaskError(f"EVENKEEL_TASKS: {path!r} is a {type(task).__name__}, not an evenkeel.plugins.Task")
    return task


def _now() -> Known:
    """What is known, made anew if EVENKEEL_TASKS was read anew."""
    global _known
    if _known.own is not own_tasks():
        _known = _make(own_tasks(), _known.announced, _known.generation + 1)
    return _known


def _make(own: Mapping[str, Task], announced: Announced, number: int) -> Known:
    if not announced.tasks and not announced.levels:
        return Known(own, announced, own, number)
    # Only a process of the service gets here. The package that checks JSON Schemas is one of the service.
    from evenkeel.grids.usable import usable

    tasks, left = usable(own, announced)
    for broken in left.broken[len(announced.broken) :]:
        log.warning("%s %r of %s cannot be used: %s", broken.group, broken.name, broken.package, broken.why)
    return Known(own, announced, tasks, number)
