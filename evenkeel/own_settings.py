"""The settings for what a lab trains beyond Evenkeel's own tasks. `evenkeel.settings` has all others."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings


class OwnSettings(BaseSettings):
    # Absolute, since a run may train in another folder.
    commands_file: Annotated[Path, AfterValidator(Path.absolute)] | None = Field(
        None, description="TOML file that lists the commands which a worker can train, each in a table [commands.NAME]."
    )
    command_state_mb: int = Field(
        1000, ge=0, description="Most that a command may keep in its folder of state, in MB. It is in each checkpoint."
    )
