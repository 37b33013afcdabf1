"""The tasks that this process knows: those that EVENKEEL_TASKS names."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from evenkeel.lab.settings import get_settings
from evenkeel.plugins import Task

# The task of a grid that names none. The hashes of its cells are as they were before a grid could name one.
DEFAULT_TASK = "classification"


class TaskError(Exception):
    """EVENKEEL_TASKS names something that is no task; the message says what."""


@cache
def known_tasks() -> Mapping[str, Task]:
    """name -> task, in the order of the setting. Raises TaskError."""
    found = [load_task(path.strip()) for path in get_settings().tasks.split(",") if path.strip()]
    return {task.name: task for task in found}


def load_task(path: str) -> Task:
    """The task at 'module:NAME'. Raises TaskError."""
    module, _, name = path.partition(":")
    try:
        task = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TaskError(f"EVENKEEL_TASKS: {path!r} cannot be loaded: {error}") from error
    if not isinstance(task, Task):
        raise TaskError(f"EVENKEEL_TASKS: {path!r} is a {type(task).__name__}, not an evenkeel.plugins.Task")
    return task
