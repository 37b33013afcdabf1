"""Starts the training of a run by a command. Only the child imports this."""

from __future__ import annotations

from typing import Any

from evenkeel.grids.announced import given_levels
from evenkeel.plugins import Package
from evenkeel.settings import get_settings
from trainer.commands.file import Command, read_commands
from trainer.commands.training import CommandTraining
from trainer.device import num_threads, pick_device
from trainer.orders import SlotOptions


class NoSuchCommand(Exception):
    """The file of commands does not have the command in the version that a run needs."""


def start_command(package: Package, name: str, parameters: Any, seed: int, options: SlotOptions) -> CommandTraining:
    """The training of a run by a command.

    Args:
        package: The version of the command that the run needs.
        parameters: The levels of the run's cell, as an instance of the model that the lab made of the announced schema.

    Raises:
        NoSuchCommand: If the file of commands has changed.
    """
    settings = get_settings()
    command = _find(name, package)
    levels = given_levels(parameters)
    device = str(pick_device(options.device))
    return CommandTraining(command, levels, seed, device, num_threads(), settings.command_state_mb)


def _find(name: str, package: Package) -> Command:
    commands = read_commands(get_settings().commands_file)
    found = commands.by_name.get(name)
    if found is None:
        why = "; ".join(each.why for each in commands.broken if each.name == name)
        raise NoSuchCommand(f"this run needs {package}, and EVENKEEL_COMMANDS_FILE does not have {name} now. {why}")
    if found.announced.package != package:
        now = found.announced.package.version
        raise NoSuchCommand(f"this run needs {package}, and EVENKEEL_COMMANDS_FILE has the version {now} of {name} now")
    return found
