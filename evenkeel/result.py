"""The classes of results: frozen dataclasses whose fields carry their own descriptions.

    @result
    class Divergence:
        n: int = about("Number of finished runs.")

An answer of the API, a column of a table and a notebook all read the same class. A field is therefore described in its
class and nowhere else. This needs only the standard library: pydantic and FastAPI read the description from the field's
metadata.
"""

from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

Class = TypeVar("Class")


def about(description: str, **default: Any) -> Any:
    """A field with its description, and with `default=` or `default_factory=` if it has a default."""
    return field(metadata={"description": description}, **default)


@dataclass_transform(frozen_default=True, field_specifiers=(about,))
def result(cls: type[Class]) -> type[Class]:
    """Make a frozen dataclass of the class."""
    return dataclass(frozen=True)(cls)
