"""The tasks that a worker can train, and the code that trains them. Torch is imported only when that code is loaded."""

from importlib import import_module
from typing import Any, Protocol, cast

from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import Training
from trainer.protocol import SlotOptions

# task -> module:function. Only the child imports the module.
TRAINERS = {"classification": "trainer.classification.run:start"}


class Start(Protocol):
    """A function that starts the training of a run.

    Its argument `parameters` holds the levels of the run's cell, as an instance of the task's own model.
    """

    def __call__(self, parameters: Any, seed: int, options: SlotOptions) -> Training: ...


def trainable_tasks() -> dict[str, int]:
    """The tasks that this process both knows and can train: name -> version."""
    return {name: task.version for name, task in known_tasks().items() if name in TRAINERS}


def load_trainer(task: str) -> Start:
    """Load the function that starts the training of a task's runs. Raises ValueError if the task cannot be trained."""
    if task not in TRAINERS:
        raise ValueError(f"the task {task!r} cannot be trained here; these can: {', '.join(TRAINERS)}")
    module, _, name = TRAINERS[task].partition(":")
    return cast(Start, getattr(import_module(module), name))
