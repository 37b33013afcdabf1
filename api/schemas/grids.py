"""A posted grid. It belongs to one of the tasks that are known now."""

from collections.abc import Mapping
from typing import Annotated, Any, Union

from fastapi.exceptions import RequestValidationError
from pydantic import Discriminator, Tag, ValidationError

from api.schemas.choices import default_of, one_of
from evenkeel.grids.expand import SpecError
from evenkeel.grids.spec import GridSpec, grid_spec
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import Task


class WrongGrid(RequestValidationError):
    """A posted body that is no grid. `spec`: the type of the grid that it should be."""

    def __init__(self, error: ValidationError, spec: type[GridSpec]) -> None:
        found = error.errors(include_url=False)
        super().__init__([{**each, "loc": ("body", *each["loc"])} for each in found])
        self.spec = spec


def read_grid(body: Any) -> GridSpec:
    """The grid of a posted body, read by the task that it names.

    Raises:
        SpecError: The task is not known.
        WrongGrid: The body is no grid of the task.
    """
    tasks = known_tasks()
    # A body that is not a JSON object is refused by the default task.
    name = body.get("task", default_of(tasks)) if isinstance(body, dict) else default_of(tasks)
    if not isinstance(name, str) or name not in tasks:
        raise SpecError("task", one_of(tasks, name))
    spec = grid_spec(tasks[name])
    try:
        return spec.model_validate(body)
    except ValidationError as error:
        raise WrongGrid(error, spec) from error


def posted_grid(tasks: Mapping[str, Task]) -> Any:
    """The type of a posted body, to describe it: the grid of the only task, or a union of the grids of all tasks."""
    specs = {name: grid_spec(task) for name, task in tasks.items()}
    if len(specs) == 1:
        return next(iter(specs.values()))
    tagged = tuple(Annotated[spec, Tag(name)] for name, spec in specs.items())
    return Annotated[Union[tagged], Discriminator(lambda body: body["task"])]  # noqa: UP007
