"""Says which settings are wrong, so that whoever starts a process reads a line and no traceback."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

Read = TypeVar("Read", bound=BaseSettings)


class SettingError(ValueError):
    """Some settings are wrong. The text names each of them, on a line of its own."""


def read_settings(kind: type[Read]) -> Read:
    """Read the settings from the environment.

    Raises:
        SettingError: If one is wrong.
    """
    try:
        return kind()
    except ValidationError as error:
        why: dict[str, list[str]] = {}
        for problem in error.errors():
            name = f"EVENKEEL_{problem['loc'][0]}".upper()
            why.setdefault(f"{name} is {problem['input']!r:.80}", []).append(problem["msg"])
        raise SettingError("\n".join(f"{given}: {', or '.join(found)}" for given, found in why.items())) from error
