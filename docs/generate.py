"""docs/tasks.md: every factor and every metric of the tasks that the lab knows, from their declarations."""

import math
import sys
from collections.abc import Iterator
from pathlib import Path

from evenkeel.cli.ranges import default_of, range_of
from evenkeel.lab.tasks import DEFAULT_TASK, known_tasks
from evenkeel.plugins import Metric, Task

PAGE = Path(__file__).parent / "tasks.md"
HEAD = """# Tasks

What a grid may say and what is measured. This page is written by `scripts/docs` from the tasks' declarations; a running
lab tells the same with `evenkeel tasks NAME` and `GET /tasks`.

A factor may stand in `grid`, with a list of levels, or in `train`, with the one value that all cells share. One whose
default is "-" must stand in one of the two.
"""


def page() -> str:
    return "\n".join([HEAD, *(line for task in known_tasks().values() for line in describe(task)), ""])


def describe(task: Task) -> Iterator[str]:
    default = ", the default" if task.name == DEFAULT_TASK else ""
    yield f"## `{task.name}`{default}\n"
    yield "| factor | default | allowed | what it is |\n|---|---|---|---|"
    schema = task.parameters.model_json_schema()
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {default_of(field)} | {range_of(field, schema)} | {field['description']} |"
    yield "\n| metric | better | after a run diverged | what it is |\n|---|---|---|---|"
    for metric in task.metrics:
        yield f"| `{metric.name}` | {metric.better} | {worst(metric)} | {metric.description} |"
    named = ", ".join(f"`{metric.name}`" for metric in task.metrics if metric.diagnostic) or "none"
    yield f"\nA summary is about `{task.default_metric}` if it is not told otherwise."
    yield f"Diagnostics tell why a run is unstable, and may be missing from an epoch: {named}."


def worst(metric: Metric) -> str:
    return f"counts as {metric.worst:g}" if math.isfinite(metric.worst) else "counts as infinity"


def main(arguments: list[str]) -> int:
    """Exit code 1 where `--check` finds the page out of date."""
    if arguments == ["--check"]:
        current = PAGE.exists() and PAGE.read_text() == page()
        print("docs/tasks.md is current" if current else "docs/tasks.md is out of date: scripts/docs")
        return 0 if current else 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
