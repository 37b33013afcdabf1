"""Reads the JSON Schema of a task's parameters."""

from collections.abc import Mapping
from typing import Any

from evenkeel.grids.levels import canonical

# Keywords that would hold for several parameters at once. No factor has such a rule.
ACROSS = frozenset(
    {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"}
    | {"patternProperties", "propertyNames", "minProperties", "maxProperties"}
)


def inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object, with what its references name in their place.

    Raises:
        ValueError: it is no object with parameters, it has a rule across parameters, or a reference names nothing in
            it or itself.
    """
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), Mapping) or not schema["properties"]:
        raise ValueError("parameters: the JSON Schema must be that of an object with properties")
    if across := sorted(ACROSS & schema.keys()):
        raise ValueError(f"parameters: {across[0]!r} holds for several parameters; give each its own rules")
    parts = {name: _without_references(name, part, schema, ()) for name, part in schema["properties"].items()}
    return {**{key: value for key, value in schema.items() if key not in ("$defs", "definitions")}, "properties": parts}


def _without_references(name: str, part: Any, schema: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    if isinstance(part, list):
        return [_without_references(name, each, schema, within) for each in part]
    if not isinstance(part, Mapping):
        return part
    if "$ref" in part:
        reference = part["$ref"]
        if reference in within:
            raise ValueError(f"{name}: {reference!r} refers to itself")
        rest = {key: value for key, value in part.items() if key != "$ref"}
        # What stands beside a reference, such as a default or a description, holds for this parameter alone.
        return _without_references(name, {**_named(name, reference, schema), **rest}, schema, (*within, reference))
    return {key: _without_references(name, value, schema, within) for key, value in part.items()}


def _named(name: str, reference: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = schema
    for step in str(reference).removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, Mapping) else None
    if not str(reference).startswith("#/") or not isinstance(found, Mapping):
        raise ValueError(f"{name}: {reference!r} names nothing in the JSON Schema")
    return found


def changed_default(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """What `after` changes of the parameters, so that levels that were left out would be read as something else; None
    if nothing."""
    old, new = inlined(before)["properties"], inlined(after)["properties"]
    for name, part in new.items():
        if name not in old and "default" not in part:
            return f"{name}: it is new and has no default"
        if name in old and _default(old[name]) != _default(part):
            return f"{name}: its default was {_default(old[name])} and is {_default(part)}"
    return None


def _default(part: Mapping[str, Any]) -> str:
    """The default as JSON, 1.0 and 1 alike."""
    return canonical(part["default"]) if "default" in part else "none"
