"""What a factor may be, in words, from the JSON Schema of a task's parameters."""

from typing import Any

BOUNDS = {"exclusiveMinimum": "over", "minimum": "from", "exclusiveMaximum": "under", "maximum": "up to"}


def range_of(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """'yolo, resnet, plain, vgg', 'integer from 8, up to 512', 'string'. schema: the whole, with its definitions."""
    if "$ref" in field:
        return range_of(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in field:
        return " or ".join(range_of(part, schema) for part in field["anyOf"])
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    bounds = ", ".join(f"{word} {_number(field[bound])}" for bound, word in BOUNDS.items() if bound in field)
    return f"{field.get('type', 'anything')} {bounds}".rstrip()


def default_of(field: dict[str, Any]) -> str:
    """'-' where there is none, so that a grid must name a level."""
    if "default" not in field:
        return "-"
    value = field["default"]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
