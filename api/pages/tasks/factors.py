"""The factors of a task as a table shows them."""

from dataclasses import dataclass

from api.schemas.lab import LevelView, TaskView
from evenkeel.grids.ranges import default_of, range_of


@dataclass(frozen=True)
class Factor:
    """A factor: its default level ('-' without one), its levels in words, and those that packages bring."""

    name: str
    default: str
    allowed: str
    description: str
    brought: list[LevelView]


def factors_of(task: TaskView) -> list[Factor]:
    """The factors of a task in their order."""
    schema = task.parameters
    return [
        Factor(
            name,
            default_of(field),
            range_of(field, schema),
            field.get("description", ""),
            [level for level in task.levels if level.factor == name],
        )
        for name, field in schema["properties"].items()
    ]
