"""The tasks that this process knows: those that EVENKEEL_TASKS names."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from evenkeel.plugins import Task
from evenkeel.settings import get_settings

# The task of a grid that names none. The hashes of its cells are as they were before a grid could name one.
DEFAULT_TASK = "classification"


class TaskError(Exception):
    """EVENKEEL_TASKS names no task, one name twice, or something that is no task; the message says what."""


@cache
def known_tasks() -> Mapping[str, Task]:
    """name -> task, in the order of the setting; one at least. Raises TaskError."""
    found: dict[str, Task] = {}
    for path in filter(None, map(str.strip, get_settings().tasks.split(","))):
        task = load_task(path)
        if task.name in found:
            raise TaskError(f"EVENKEEL_TASKS: {path!r} is a second task of the name {task.name!r}")
        found[task.name] = task
    if not found:
        raise TaskError("EVENKEEL_TASKS names no task; it takes module:NAME, several by commas")
    return found


def load_task(path: str) -> Task:
    """The task at 'module:NAME'. Raises TaskError."""
    module, _, name = path.partition(":")
    try:
        task = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TaskError(f"EVENKEEL_TASKS: {path!r} cannot be loaded: {error}") from error
    except Exception as error:
        # The module is somebody else's: importing it may raise anything, and not every message says what it is of.
        raise TaskError(f"EVENKEEL_TASKS: {path!r} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(task, Task):
        raise TaskError(f"EVENKEEL_TASKS: {path!r} is a {type(task).__name__}, not an evenkeel.plugins.Task")
    return task
