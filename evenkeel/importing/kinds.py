"""The kinds of JSON values that the levels of a factor have. A factor keeps the kinds that it has: a level must never
change, since the hashes of cells are made from it."""

from collections.abc import Iterable

from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.values import Level

Kinds = frozenset[str]  # names that JSON Schema has: boolean, integer, number, string, null
NUMBERS = frozenset({"integer", "number"})


def kinds_of(levels: Iterable[Level]) -> Kinds:
    """The kinds of a new factor. True among numbers is a word, since JSON Schema and Python take it for 1."""
    found = frozenset(map(_kind, levels))
    if "number" in found:
        found -= {"integer"}
    return (found - {"boolean"}) | {"string"} if found & NUMBERS and "boolean" in found else found


def widened(param: str, kinds: Kinds, levels: Iterable[Level]) -> Kinds:
    """The kinds of a factor that gets more levels.

    Raises:
        ImportProblem: A level would change the levels that the factor has.
    """
    for level in levels:
        kind = _kind(level)
        if kind == "number" and "integer" in kinds:
            raise ImportProblem(
                "params",
                f"{param!r} has been a whole number in this experiment, and is {level} now, which would change the "
                "hashes of its cells; import all runs into a new experiment",
            )
        if kind == "integer" and "number" in kinds:
            continue
        mixes = (kind == "boolean" and kinds & NUMBERS) or (kind in NUMBERS and "boolean" in kinds)
        kinds |= {"string"} if mixes else {kind}
    return kinds


def fitted(level: Level, kinds: Kinds) -> Level:
    """The level as a factor of these kinds has it: a word if it has no such kind."""
    kind = _kind(level)
    if kind in kinds or (kind == "integer" and "number" in kinds) or level is None:
        return level
    return str(level).lower()


def _kind(level: Level) -> str:
    match level:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case _:
            return "string"
