"""The tables of factors and metrics in docs/grids.md, from the declarations of the tasks."""

import math
from collections.abc import Iterator

from evenkeel.grids.ranges import default_of, range_of
from evenkeel.grids.tasks import DEFAULT_TASK, known_tasks
from evenkeel.plugins import Metric, Task


def describe_tasks() -> Iterator[str]:
    """The lines of Markdown about all tasks that the lab knows."""
    for task in known_tasks().values():
        yield from describe(task)


def describe(task: Task) -> Iterator[str]:
    """The lines of Markdown about one task."""
    default = ", the default" if task.name == DEFAULT_TASK else ""
    yield f"## The task `{task.name}`{default}\n"
    yield "| factor | default | allowed | what it is |\n|---|---|---|---|"
    schema = task.parameters.model_json_schema()
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {default_of(field)} | {range_of(field, schema)} | {field['description']} |"
    yield "\n| metric | better | after a run diverged | what it is |\n|---|---|---|---|"
    for metric in task.metrics:
        yield f"| `{metric.name}` | {metric.better} | {worst(metric)} | {metric.description} |"
    named = ", ".join(f"`{metric.name}`" for metric in task.metrics if metric.diagnostic) or "none"
    yield f"\nIf you name no metric, a summary is about `{task.default_metric}`."
    yield (
        "Diagnostics tell why a run is unstable. They are null if the worker has `EVENKEEL_DIAGNOSTICS=false`. "
        f"They are: {named}."
    )


def worst(metric: Metric) -> str:
    """What the page says about the value that a diverged run gets."""
    return f"counts as {metric.worst:g}" if math.isfinite(metric.worst) else "counts as infinity"
