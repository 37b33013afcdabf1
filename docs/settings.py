"""The table of settings in docs/operations.md, from the settings class."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from evenkeel.settings import Settings


def describe_settings() -> Iterator[str]:
    """The lines of the Markdown table."""
    yield "| variable | default | what it is |\n|---|---|---|"
    for name, field in Settings.model_fields.items():
        yield f"| `EVENKEEL_{name.upper()}` | {default_of(field)} | {field.description} |"


def default_of(field: FieldInfo) -> str:
    """The default as the table shows it.

    It is empty if there is no default or if the machine decides. The setting's description then says which.
    """
    value = field.default
    if value is PydanticUndefined or value in (None, ""):
        return ""
    if isinstance(value, bool):
        return f"`{value}`".lower()
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
