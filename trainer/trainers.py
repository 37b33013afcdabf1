"""The tasks that a worker here can train, and where the code is that trains them. No torch before it is loaded."""

from importlib import import_module
from typing import Any, Protocol, cast

from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import Training
from trainer.protocol import SlotOptions

# task -> module:function. Imported in the child alone.
TRAINERS = {"classification": "trainer.classification.run:start"}


class Start(Protocol):
    """Begins to train a run. parameters: an instance of the task's own model."""

    def __call__(self, parameters: Any, seed: int, options: SlotOptions) -> Training: ...


def trainable_tasks() -> dict[str, int]:
    """Of the tasks that this process knows, those that it can train: name -> version."""
    return {name: task.version for name, task in known_tasks().items() if name in TRAINERS}


def load_trainer(task: str) -> Start:
    """Raises ValueError for a task that cannot be trained here."""
    if task not in TRAINERS:
        raise ValueError(f"the task {task!r} cannot be trained here; these can: {', '.join(TRAINERS)}")
    module, _, name = TRAINERS[task].partition(":")
    return cast(Start, getattr(import_module(module), name))
