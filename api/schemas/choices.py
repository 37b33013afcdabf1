"""What a query may choose: a task, a metric and factors, of the tasks that are known now."""

from collections.abc import Iterable, Mapping

from api.wording import got
from evenkeel.grids.tasks import DEFAULT_TASK
from evenkeel.plugins import Task


def default_of(tasks: Mapping[str, Task]) -> str:
    """The task of a grid or a query that names none."""
    return DEFAULT_TASK if DEFAULT_TASK in tasks else next(iter(tasks))


def region_factor(task: Task) -> str:
    """The factor along x if a query names none.

    It is the task's own `region_factor`. A task without one uses its first parameter that is a number, or else its
    first parameter.
    """
    numbers = [name for name, info in task.parameters.model_fields.items() if info.annotation in (int, float)]
    return task.region_factor or next(iter(numbers), task.factors[0])


def wrong_metric(name: str, task: Task, tasks: Mapping[str, Task]) -> str | None:
    """What is wrong with the name of a metric of the task; None if it is one."""
    names = [metric.name for metric in task.metrics]
    if name in names:
        return None
    if any(name == metric.name for other in tasks.values() for metric in other.metrics):
        return f"{name!r} is not a metric of the task {task.name!r}; its metrics: {', '.join(names)}"
    return one_of(names, name)


def wrong_factor(name: str, task: Task, tasks: Mapping[str, Task]) -> str | None:
    """What is wrong with the name of a factor to draw along an axis; None if some task has it."""
    return None if any(name in other.factors for other in tasks.values()) else one_of(task.factors, name)


def one_of(names: Iterable[str], name: object) -> str:
    """What is wrong with a name that is none of `names`, as pydantic words it: "Input should be 'a' or 'b', not
    'c'"."""
    *most, last = map(repr, names)
    allowed = f"{', '.join(most)} or {last}" if most else last
    return f"Input should be {allowed}{got(name)}"
