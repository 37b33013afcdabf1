"""The tables of fields in docs/answers.md, from the classes of the answers."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from api.schemas.summary import Summary
from evenkeel.analysis.compare import Comparisons
from evenkeel.analysis.effects import Effects
from evenkeel.analysis.seeds_needed import SeedsNeeded
from evenkeel.reports.report import Report

ANSWERS: dict[str, type] = {
    "`GET /summary`": Summary,
    "`GET /effects`": Effects,
    "`GET /compare`": Comparisons,
    "`GET /seeds-needed`": SeedsNeeded,
    "`GET /report`": Report,
}


def describe_answers() -> Iterator[str]:
    """The lines of Markdown: one table for each answer."""
    for number, (title, answer) in enumerate(ANSWERS.items()):
        yield f"{'' if number == 0 else chr(10)}## {title}\n"
        yield "| field | what it is |\n|---|---|"
        for name, description in walk(answer, "", {}):
            yield f"| `{name}` | {description} |"


def walk(answer: type, before: str, told: dict[type, str]) -> Iterator[tuple[str, str]]:
    """The name and the description of every field of a class, and of the fields inside these fields.

    A field inside a field is called `outer.inner`. If `outer` is a list, it is called `outer[].inner`.

    Args:
        before: Text that is put before each name, such as `outer.`.
        told: The classes described so far, each with the name of the field that holds it. No class is described twice.
    """
    for field, description, hint in _fields_of(answer):
        name = before + field
        inner, many = _class_in(hint)
        if inner is None:
            yield name, description
        elif inner in told:
            yield name, f"{description} Its fields are those of `{told[inner]}`."
        else:
            told[inner] = name
            yield name, description
            yield from walk(inner, f"{name}[]." if many else f"{name}.", told)


def _fields_of(answer: type) -> list[tuple[str, str, Any]]:
    """(name, description, type) of each field. The field `cell`, if there is one, comes first."""
    if issubclass(answer, BaseModel):
        return [(name, info.description or "", info.annotation) for name, info in answer.model_fields.items()]
    assert is_dataclass(answer)
    types = get_type_hints(answer)
    found = [(field.name, field.metadata["description"], types[field.name]) for field in fields(answer)]
    return sorted(found, key=lambda field: field[0] != "cell")


def _class_in(hint: Any) -> tuple[type | None, bool]:
    """The class with described fields that a field of this type holds, if any, and whether it holds a list of them."""
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel)):
        return hint, False
    inside = (_class_in(part)[0] for part in get_args(hint))
    return next((found for found in inside if found is not None), None), get_origin(hint) is list
