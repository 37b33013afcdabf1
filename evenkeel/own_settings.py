"""The settings for what a lab trains beyond Evenkeel's own tasks. `evenkeel.settings` has all others."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings


class OwnSettings(BaseSettings):
    plugins: str = Field(
        "",
        description="Packages whose plug-ins a worker loads, separated by commas. none loads no package. The default "
        "loads each package that is installed and has plug-ins.",
    )
    plugin_seconds: float = Field(
        60.0, gt=0, description="Longest time that the import of a plug-in may take when a worker looks what it has."
    )
    silent_minutes: float = Field(
        60.0,
        gt=0,
        description="A run fails if its training does not come to the end of an epoch, or of a step of the built-in "
        "task, for this long.",
    )
    working_mb: int = Field(
        10_000, ge=0, description="Most that a run of a plug-in may write to its working folder, in MB."
    )
    # Absolute, since a run may train in another folder.
    commands_file: Annotated[Path, AfterValidator(Path.absolute)] | None = Field(
        None, description="TOML file that lists the commands which a worker can train, each in a table [commands.NAME]."
    )
    command_state_mb: int = Field(
        1000, ge=0, description="Most that a command may keep in its folder of state, in MB. It is in each checkpoint."
    )
