"""The commands for a package of one's own: begin one, and check one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenkeel.cli.common import fail
from evenkeel.stack.clone import find_clone, with_clone
from evenkeel.stack.errors import StackError

if TYPE_CHECKING:
    from evenkeel.packages.find import Plugin

new = typer.Typer(no_args_is_help=True, help="Begin something of your own.")


@new.command()
def plugin(
    name: Annotated[str, typer.Argument(help="The package, as pip names it, such as lab-nets.")],
    task: Annotated[bool, typer.Option("--task", help="Only a whole task: a character language model.")] = False,
    arch: Annotated[bool, typer.Option("--arch", help="Only a network for the built-in task: an MLP-Mixer.")] = False,
) -> None:
    """Write a package with plug-ins into a new folder. By default it brings a task and a network.

    It installs, trains and passes its own test. Change it into yours.
    """
    from evenkeel.packages.new import CannotWrite, new_package

    try:
        for path in new_package(name, Path(), task or not arch, arch or not task):
            print(path)
    except CannotWrite as error:
        fail(str(error))
    print(f"\nInstall it where a worker runs:  pip install -e {name}\nThen check it:  evenkeel check-plugin {name}")


def check_plugin(
    name: Annotated[str, typer.Argument(help="The installed package, as pip names it, such as lab-nets.")],
) -> None:
    """Check the plug-ins of an installed package.

    Each is built and trained for two epochs. Then it is checked whether a run goes on from a checkpoint to the same
    bits, and depends on nothing but its seed. Networks, norms, inits and optimizers are checked with the built-in task,
    which needs a clone of Evenkeel.
    """
    try:
        from evenkeel.packages.check import check_task
        from evenkeel.packages.find import LEVELS, TASKS, find_plugins
        from evenkeel.packages.report import say
    except ModuleNotFoundError as error:
        fail(f"this command needs {error.name}, which is not installed: pip install {error.name}")
    plugins = find_plugins(name)
    if not plugins:
        fail(f"no package {name!r} with plug-ins is installed here. Install it, for example with pip install -e {name}")
    results = [not _clashes(plugin) for plugin in plugins]
    results += [say(plugin, check_task(plugin)) for plugin in plugins if plugin.group == TASKS]
    if any(plugin.group in LEVELS for plugin in plugins):
        results.append(_check_levels(name))
    if not all(results):
        raise typer.Exit(1)


def _clashes(plugin: Plugin) -> bool:
    for top in plugin.clashes:
        print(f"{plugin.package}  FAILS: it has a top-level {top!r}, and so has the lab. Rename it")
    return bool(plugin.clashes)


def _check_levels(name: str) -> bool:
    try:
        environment = with_clone(find_clone("trainer"), dict(os.environ))
    except StackError as error:
        fail(f"its networks, norms, inits and optimizers cannot be checked here: {error}")
    return subprocess.call([sys.executable, "-m", "trainer.classification.check", name], env=environment) == 0
