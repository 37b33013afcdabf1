"""Every setting, from the settings class."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from evenkeel.settings import Settings


def describe_settings() -> Iterator[str]:
    yield "| variable | default | what it is |\n|---|---|---|"
    for name, field in Settings.model_fields.items():
        yield f"| `EVENKEEL_{name.upper()}` | {default_of(field)} | {field.description} |"


def default_of(field: FieldInfo) -> str:
    """Empty where there is none, or where the machine decides; the description then says which."""
    value = field.default
    if value is PydanticUndefined or value in (None, ""):
        return ""
    if isinstance(value, bool):
        return f"`{value}`".lower()
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
