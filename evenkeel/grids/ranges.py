"""Says in words which levels a factor may have, from the JSON Schema of a task's parameters."""

from typing import Any

BOUNDS = {"exclusiveMinimum": "over", "minimum": "from", "exclusiveMaximum": "under", "maximum": "up to"}


def range_of(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """The levels of a factor: 'yolo, resnet, plain, vgg', 'integer from 8, up to 512' or 'string', for example.

    Args:
        field: The schema of the factor.
        schema: The schema of all parameters, with its definitions.
    """
    if "$ref" in field:
        return range_of(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    if either := field.get("anyOf", field.get("oneOf")):
        return " or ".join(range_of(part, schema) for part in either)
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    bounds = ", ".join(f"{word} {_number(field[bound])}" for bound, word in BOUNDS.items() if bound in field)
    kinds = field.get("type", "anything")
    return f"{kinds if isinstance(kinds, str) else ' or '.join(kinds)} {bounds}".rstrip()


def default_of(field: dict[str, Any]) -> str:
    """The default level of a factor. It is '-' if there is none, which means that a grid must name a level."""
    if "default" not in field:
        return "-"
    value = field["default"]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
