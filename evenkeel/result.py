"""How the statistics hand over what they found: frozen classes whose fields say what they are.

    @result
    class Divergence:
        n: int = about("Finished runs.")

An answer of the API, a column of a table and a notebook read the same class, so a field is described here and nowhere
else. Only the standard library is needed: pydantic and FastAPI read the description from the field's metadata.
"""

from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

Class = TypeVar("Class")


def about(description: str) -> Any:
    """A field with its description."""
    return field(metadata={"description": description})


@dataclass_transform(frozen_default=True, field_specifiers=(about,))
def result(cls: type[Class]) -> type[Class]:
    """A frozen dataclass."""
    return dataclass(frozen=True)(cls)
