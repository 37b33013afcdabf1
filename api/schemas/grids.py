"""What may be posted: a grid of one of the tasks that this API knows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Discriminator, Tag

from api.wording import UNKNOWN_TASK
from evenkeel.grids.spec import GridSpec, grid_spec
from evenkeel.grids.tasks import DEFAULT_TASK, known_tasks
from evenkeel.plugins import Task


def posted_grid(tasks: Mapping[str, Task]) -> Any:
    """The type of a posted body: the one task's grid, or those of several, told apart by `task`."""
    specs = {name: grid_spec(task) for name, task in tasks.items()}
    if len(specs) == 1:
        return next(iter(specs.values()))

    def tag_of(body: Any) -> str | None:
        # What is no JSON object is refused by the default task's model.
        name = body.get("task", default_of(tasks)) if isinstance(body, dict) else default_of(tasks)
        return name if isinstance(name, str) and name in specs else None

    which = Discriminator(tag_of, UNKNOWN_TASK, f"Input should be {_either(list(tasks))}")
    return Annotated[Union[tuple(Annotated[spec, Tag(name)] for name, spec in specs.items())], which]  # noqa: UP007


def default_of(tasks: Mapping[str, Task]) -> str:
    """The task that is meant where none is named."""
    return DEFAULT_TASK if DEFAULT_TASK in tasks else next(iter(tasks))


def _either(names: list[str]) -> str:
    """As pydantic says it: 'a', 'b' or 'c'."""
    quoted = [repr(name) for name in names]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


if TYPE_CHECKING:
    PostedGrid = GridSpec
else:
    PostedGrid = posted_grid(known_tasks())
