"""The tasks that a worker can train, and the code that trains them. Torch is imported only when that code is loaded."""

from functools import partial
from importlib import import_module
from typing import Any, Protocol, cast

from evenkeel.grids.tasks import own_tasks
from evenkeel.plugins import Announced, Training
from trainer.commands.file import is_command
from trainer.protocol import SlotOptions

NOTHING = Announced()

# task -> module:function. Only the child imports the module.
TRAINERS = {"classification": "trainer.classification.run:start"}


class Start(Protocol):
    """A function that starts the training of a run.

    Its argument `parameters` holds the levels of the run's cell, as an instance of the task's own model.
    """

    def __call__(self, parameters: Any, seed: int, options: SlotOptions) -> Training: ...


def trainable_tasks(announced: Announced = NOTHING) -> dict[str, int]:
    """The tasks that a worker can train: name -> version.

    Args:
        announced: What plug-ins bring.
    """
    own = {name: task.version for name, task in own_tasks().items() if name in TRAINERS}
    return own | {task.name: task.version for task in announced.tasks}


def load_trainer(task: str, announced: Announced = NOTHING) -> Start:
    """Load the function that starts the training of a task's runs. Raises ValueError if the task cannot be trained."""
    if task in TRAINERS:
        module, _, name = TRAINERS[task].partition(":")
        return cast(Start, getattr(import_module(module), name))
    if command := next((each for each in announced.tasks if each.name == task and is_command(each)), None):
        from trainer.commands.start import start_command

        return partial(start_command, command.package, task)
    if task in trainable_tasks(announced):
        from trainer.plugins.start import start_plugin

        return partial(start_plugin, task)
    raise ValueError(f"the task {task!r} cannot be trained here; these can: {', '.join(trainable_tasks(announced))}")
