"""Every field of the statistics' answers, from the classes that they are."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from api.schemas.summary import Summary
from evenkeel.analysis.compare import Comparisons
from evenkeel.analysis.effects import Effects
from evenkeel.analysis.report import Report
from evenkeel.analysis.seeds_needed import SeedsNeeded

ANSWERS: dict[str, type] = {
    "`GET /summary`": Summary,
    "`GET /effects`": Effects,
    "`GET /compare`": Comparisons,
    "`GET /seeds-needed`": SeedsNeeded,
    "`GET /report`": Report,
}


def describe_answers() -> Iterator[str]:
    for number, (title, answer) in enumerate(ANSWERS.items()):
        yield f"{'' if number == 0 else chr(10)}## {title}\n"
        yield "| field | what it is |\n|---|---|"
        for name, description in walk(answer, "", {}):
            yield f"| `{name}` | {description} |"


def walk(answer: type, before: str, told: dict[type, str]) -> Iterator[tuple[str, str]]:
    """(field, description) of a class: a field of a field is `outer.inner`, of a list's items `outer[].inner`.

    told: the classes described so far, by the field that has them; each is described once.
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
    """(name, description, type) of each field; the cell's name stands first."""
    if issubclass(answer, BaseModel):
        return [(name, info.description or "", info.annotation) for name, info in answer.model_fields.items()]
    assert is_dataclass(answer)
    types = get_type_hints(answer)
    found = [(field.name, field.metadata["description"], types[field.name]) for field in fields(answer)]
    return sorted(found, key=lambda field: field[0] != "cell")


def _class_in(hint: Any) -> tuple[type | None, bool]:
    """The class with fields of its own that a field holds, if any, and whether it holds a list of them."""
    if isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, BaseModel)):
        return hint, False
    inside = (_class_in(part)[0] for part in get_args(hint))
    return next((found for found in inside if found is not None), None), get_origin(hint) is list
