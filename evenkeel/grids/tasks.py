"""The tasks that this process knows: those that EVENKEEL_TASKS names."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from evenkeel.plugins import Task

# The task of a grid that names none. Its cells keep the hashes that they had before a grid could name a task.
DEFAULT_TASK = "classification"


class TaskError(Exception):
    """EVENKEEL_TASKS names no task, two tasks of the same name, or something that is not a task. The message says
    which."""


@cache
def known_tasks() -> Mapping[str, Task]:
    """The tasks by name, in the order of the setting. There is at least one. Raises TaskError."""
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
