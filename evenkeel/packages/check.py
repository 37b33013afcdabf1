"""Checks the tasks of an installed package. `trainer/classification/check.py` checks what else a package may bring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evenkeel.packages.describe import EPOCHS as EPOCHS_PARAMETER
from evenkeel.packages.describe import describe_task
from evenkeel.packages.find import Plugin
from evenkeel.packages.repeat import EPOCHS, Checked, Start, check_training, in_words
from evenkeel.plugins import AnnouncedTask, Training


def check_task(plugin: Plugin) -> Iterator[Checked]:
    """Check a task.

    Yields:
        What was checked, each as soon as it is known. A fault without which the others cannot be found ends it.
    """
    try:
        training = plugin.load()
        announced = describe_task(training, plugin.name, plugin.package)
    except Exception as error:
        yield Checked("can be imported and described", in_words(error))
        return
    yield _usable(announced)
    builds = _builds(training, announced)
    yield builds
    if not builds.problem:
        yield from check_training(starts(training, {}))


def starts(training: type[Training], levels: dict[str, Any]) -> Start:
    """A function that starts runs with these levels. They are as short as the check needs them, if the task lets a grid
    choose that."""
    short = {EPOCHS_PARAMETER: EPOCHS} if EPOCHS_PARAMETER in training.Params.model_fields else {}
    return lambda seed: training(training.Params.model_validate({**levels, **short}), seed, "cpu")


def _usable(announced: AnnouncedTask) -> Checked:
    what = "its parameters and metrics can be used by a lab"
    says = f"{', '.join(announced.parameters['properties'])}; {', '.join(metric.name for metric in announced.metrics)}"
    try:
        # What checks JSON Schemas is installed with a lab, not with a notebook.
        from evenkeel.grids.announced import task_of

        task_of(announced)
    except ModuleNotFoundError as error:
        return Checked(what, says=f"not checked, since {error.name} is not installed: pip install 'evenkeel[lab]'")
    except ValueError as error:
        return Checked(what, str(error))
    return Checked(what, says=says)


def _builds(training: type[Training], announced: AnnouncedTask) -> Checked:
    """Whether it builds with its defaults, and with each level that is listed."""
    properties = announced.parameters["properties"]
    wanted = [{}, *({name: level} for name, part in properties.items() for level in part.get("enum", ()))]
    for levels in wanted:
        try:
            starts(training, levels)(0).setup()
        except Exception as error:
            with_these = ", ".join(f"{name} {level}" for name, level in levels.items()) or "its defaults"
            return Checked("builds", f"with {with_these}: {in_words(error)}")
    return Checked("builds", says=f"with {len(wanted)} combinations of levels")
