"""Starts the training of a run of a task that a plug-in brings. Only the child imports this."""

from __future__ import annotations

from typing import Any

from evenkeel.grids.announced import given_levels
from evenkeel.packages.find import TASKS
from evenkeel.plugins import Training
from trainer.device import pick_device
from trainer.orders import SlotOptions
from trainer.plugins.load import load_plugin


def start_plugin(name: str, parameters: Any, seed: int, options: SlotOptions) -> Training:
    """The training of a run of a task that a plug-in brings.

    Args:
        parameters: The levels of the run's cell, as an instance of the model that the lab made of the announced schema.
    """
    training: type[Training] = load_plugin(TASKS, name)
    params = training.Params.model_validate(given_levels(parameters))
    started = training(params, seed, pick_device(options.device))
    started.diagnose = options.diagnose
    return started
