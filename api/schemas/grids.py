"""The type of a posted grid. The grid belongs to one of the tasks that this API knows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Discriminator, Tag

from api.wording import UNKNOWN_TASK
from evenkeel.grids.spec import GridSpec, grid_spec
from evenkeel.grids.tasks import DEFAULT_TASK, known_tasks
from evenkeel.plugins import Task


def posted_grid(tasks: Mapping[str, Task]) -> Any:
    """The type of a posted body: the grid of the only task, or a union in which `task` tells the grids apart."""
    specs = {name: grid_spec(task) for name, task in tasks.items()}
    if len(specs) == 1:
        return next(iter(specs.values()))

    def tag_of(body: Any) -> str | None:
        # The default task's model refuses a body that is not a JSON object.
        name = body.get("task", default_of(tasks)) if isinstance(body, dict) else default_of(tasks)
        return name if isinstance(name, str) and name in specs else None

    which = Discriminator(tag_of, UNKNOWN_TASK, f"Input should be {_either(list(tasks))}")
    return Annotated[Union[tuple(Annotated[spec, Tag(name)] for name, spec in specs.items())], which]  # noqa: UP007


def default_of(tasks: Mapping[str, Task]) -> str:
    """The task of a grid or a query that names none."""
    return DEFAULT_TASK if DEFAULT_TASK in tasks else next(iter(tasks))


def _either(names: list[str]) -> str:
    """The names as pydantic lists them: 'a', 'b' or 'c'."""
    quoted = [repr(name) for name in names]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


if TYPE_CHECKING:
    PostedGrid = GridSpec
else:
    PostedGrid = posted_grid(known_tasks())
