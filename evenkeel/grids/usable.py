"""Adds what is announced to the lab's own tasks, and names what cannot be used."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from evenkeel.grids.announced import task_of, with_levels
from evenkeel.plugins import Announced, AnnouncedLevel, AnnouncedTask, Broken, Package, Task

# What the store has room for.
MAX_PACKAGE, MAX_VERSION = 128, 64


def usable(own: Mapping[str, Task], announced: Announced) -> tuple[Mapping[str, Task], Announced]:
    """The tasks with all that can be used of what is announced, and what that is.

    What is equal to what was announced before gives the same `Task` again, so that all that is kept for it stays valid.

    Returns:
        The tasks by name, the lab's own first; and what is announced, with those that cannot be used as broken.
    """
    tasks, broken = dict(own), list(announced.broken)
    accepted, levels = list[AnnouncedTask](), list[AnnouncedLevel]()
    for task in announced.tasks:
        try:
            _check_package(task.package)
            if task.name in tasks:
                raise ValueError(_taken(task, own, accepted))
            tasks[task.name] = _task(_Same(task))
        except (TypeError, ValueError) as error:
            broken.append(Broken(*task.entry, task.package, str(error)))
        else:
            accepted.append(task)
    for level in announced.levels:
        others = [other for other in levels if other.task == level.task]
        try:
            _check_package(level.package)
            if level.task not in own:
                raise ValueError(f"{level.task!r} is no task that can get levels; allowed: {', '.join(own)}")
            if other := next(
                (other for other in others if (other.factor, other.level) == (level.factor, level.level)), None
            ):
                raise ValueError(f"{other.package} brings this level, too, and came first")
            tasks[level.task] = _wider(own[level.task], (*others, level))
        except ValueError as error:
            broken.append(Broken(*level.entry, level.package, str(error)))
        else:
            levels.append(level)
    return tasks, replace(announced, tasks=tuple(accepted), levels=tuple(levels), broken=tuple(broken))


def _check_package(package: Package) -> None:
    if len(package.name) > MAX_PACKAGE or len(package.version) > MAX_VERSION:
        longest = f"{MAX_PACKAGE} characters for the name of a package and {MAX_VERSION} for its version"
        raise ValueError(f"{package!s:.200} is too long; allowed: {longest}")


def _taken(task: AnnouncedTask, own: Mapping[str, Task], accepted: list[AnnouncedTask]) -> str:
    if task.name in own:
        return "a task of the lab itself has this name"
    other = next(other for other in accepted if other.name == task.name)
    return f"{other.package} brings a task of this name, too, and came first"


class _Same:
    """A task that is announced, as a key of a cache: equal if all that is announced is equal."""

    def __init__(self, task: AnnouncedTask) -> None:
        self.task = task
        self.key = repr(task)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(200)
def _task(same: _Same) -> Task:
    return task_of(same.task)


@lru_cache(200)
def _wider(task: Task, levels: tuple[AnnouncedLevel, ...]) -> Task:
    return with_levels(task, levels)
