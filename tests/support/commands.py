"""Commands for tests: files of commands, and the attempts that their programs make."""

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evenkeel.plugins import EpochEnd, Finished, StepEnd
from trainer.commands.file import Command, read_commands
from trainer.commands.training import CommandTraining

# What every program of these tests begins with.
OPENING = """
import json, os, sys, time
metrics = open(int(os.environ["EVENKEEL_METRICS_FD"]), "w", buffering=1)
taken = open(int(os.environ["EVENKEEL_TAKEN_FD"]))
folder, done = os.environ["EVENKEEL_STATE_DIR"], int(os.environ["EVENKEEL_EPOCH_DONE"])
def say(**line): print(json.dumps(line), file=metrics)
"""


class InLine(dict[str, str]):
    """Is written as TOML writes a table in one line."""

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{key} = {value!r}" for key, value in self.items()) + "}"


def write_file(folder: Path, *tables: str) -> Path:
    """A file of commands with these tables."""
    path = folder / "commands.toml"
    path.write_text("\n".join(map(textwrap.dedent, tables)))
    return path


def write_command(folder: Path, code: str, epochs: int = 3, program: str = sys.executable, **more: Any) -> Command:
    """The command `toy`, whose program is Python code. It has the parameters `lr` and `epochs`, and measures `loss`."""
    (folder / "toy.py").write_text(OPENING + textwrap.dedent(code))
    keys = "\n".join(f"{key} = {value!r}" for key, value in more.items())
    table = f"""
        [commands.toy]
        run = [{program!r}, "{{here}}/toy.py", "{{lr}}", "{{seed}}"]
        metrics = [{{name = "loss", better = "lower"}}]
        {keys}
        [commands.toy.parameters]
        lr = {{type = "number", default = 0.1}}
        epochs = {{type = "integer", default = {epochs}}}
    """
    commands = read_commands(write_file(folder, table))
    assert commands.broken == ()
    return commands.by_name["toy"]


def attempt(command: Command, most_state_mb: int = 1, **levels: Any) -> CommandTraining:
    levels = {"lr": 0.1, "epochs": 3} | levels
    return CommandTraining(command, levels, seed=7, device="cpu", threads=1, most_state_mb=most_state_mb)


def results(training: CommandTraining) -> list[EpochEnd | Finished]:
    """What it yields to its end, without the signs that it lives."""
    return [each for each in training if not isinstance(each, StepEnd)]


def losses(yielded: Sequence[EpochEnd | Finished]) -> list[float | None]:
    return [each.values["loss"] for each in yielded if isinstance(each, EpochEnd)]
