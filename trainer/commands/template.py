"""The arguments of a program, in which names between braces stand for values. No shell ever sees them."""

import json
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any


def names_in(argument: str) -> list[str]:
    """The names between braces in an argument. Raises ValueError if its braces do not match, or if there is more than
    a name between two."""
    parts = list(Formatter().parse(argument))
    for _, name, form, conversion in parts:
        if name is not None and (form or conversion or not name.isidentifier()):
            raise ValueError("between braces there may be one name, and nothing else")
    return [name for _, name, _, _ in parts if name is not None]


def fill(template: Sequence[str], values: Mapping[str, Any]) -> list[str]:
    """The arguments with the values in place of their names. Each stays one argument, whatever the value holds. A value
    that is no text is written as JSON."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    return [
        "".join(literal + (texts[name] if name is not None else "") for literal, name, _, _ in Formatter().parse(each))
        for each in template
    ]
