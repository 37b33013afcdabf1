"""Checks a level against its part of a JSON Schema. What is wrong is said as pydantic says it of other factors."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import extend
from pydantic import Field, TypeAdapter
from pydantic import ValidationError as PydanticError
from pydantic_core import PydanticCustomError, PydanticKnownError
from pydantic_core import SchemaError as PatternError

# Keyword -> the error that pydantic has for it, and the name of the error's argument.
KNOWN: dict[str, tuple[Any, str]] = {
    "minimum": ("greater_than_equal", "ge"),
    "maximum": ("less_than_equal", "le"),
    "exclusiveMinimum": ("greater_than", "gt"),
    "exclusiveMaximum": ("less_than", "lt"),
    "multipleOf": ("multiple_of", "multiple_of"),
    "minLength": ("string_too_short", "min_length"),
    "maxLength": ("string_too_long", "max_length"),
    "pattern": ("string_pattern_mismatch", "pattern"),
}
# 0.3 / 0.1 is not a whole number to a computer. pydantic allows the same rest.
TOLERANCE = 1e-9
LARGEST = 2**63 - 1  # the largest whole number that a database compares
MOST_REMEMBERED = 10_000


class Check:
    """Checks levels against what a schema says of one parameter.

    Raises:
        ValueError: the schema is none, or has a pattern that pydantic's engine of regular expressions cannot read. That
            engine takes no longer for one text than for another.
    """

    def __init__(self, part: Mapping[str, Any]) -> None:
        try:
            Draft202012Validator.check_schema(part)
        except SchemaError as error:
            raise ValueError(f"its JSON Schema is none: {error.message}") from error
        for pattern in _patterns(part):
            _pattern(pattern)
        self._validator = _Validator(part, format_checker=Draft202012Validator.FORMAT_CHECKER)
        self._right = set[tuple[type, Any]]()

    def __call__(self, level: Any) -> Any:
        """The level. Raises the error of pydantic that says what is allowed."""
        plain = not isinstance(level, list | dict)
        if plain and self.knows(level):
            return level
        check_storable(level)
        error = best_match(self._validator.iter_errors(level))
        if error is not None:
            raise _said(_leaf(error))
        if plain:
            self.remember(level)
        return level

    def knows(self, level: Any) -> bool:
        """Whether this level was found right before. Thousands of cells have few levels among them."""
        return (type(level), level) in self._right

    def remember(self, level: Any) -> None:
        if len(self._right) < MOST_REMEMBERED:
            self._right.add((type(level), level))


def kind_of(value: Any) -> str:
    """The name that JSON Schema has for the kind of a JSON value."""
    kinds = ((type(None), "null"), (bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))
    return next(
        (name for kind, name in kinds if isinstance(value, kind)), "object" if isinstance(value, dict) else "array"
    )


def listed(part: Mapping[str, Any]) -> list[Any]:
    """The levels that a schema lists, in their order; [] if it lists none."""
    if "const" in part:
        return [part["const"]]
    if "enum" in part:
        return list(part["enum"])
    each = [listed(one) for one in part.get("anyOf", part.get("oneOf", [])) if one.get("type") != "null"]
    return [level for levels in each for level in levels] if all(each) else []


def either(levels: Sequence[Any], show: Callable[[Any], str] = repr) -> str:
    """The levels as pydantic lists them: 'a', 'b' or 1."""
    shown = [show(level) for level in levels]
    return " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def check_storable(level: Any) -> None:
    """Refuse what a database cannot keep."""
    if isinstance(level, str) and re.search("[\0\ud800-\udfff]", level):
        raise PydanticCustomError("text", "Input should be a text without NUL and half characters")
    if isinstance(level, float) and not math.isfinite(level):
        raise PydanticKnownError("finite_number")
    if isinstance(level, int) and level > LARGEST:
        raise PydanticKnownError("less_than_equal", {"le": LARGEST})
    if isinstance(level, int) and level < -LARGEST:
        raise PydanticKnownError("greater_than_equal", {"ge": -LARGEST})


def _said(error: ValidationError) -> PydanticKnownError | PydanticCustomError:
    keyword, allowed = str(error.validator), cast(Any, error.validator_value)
    if not error.absolute_path and keyword in KNOWN:
        kind, name = KNOWN[keyword]
        return PydanticKnownError(kind, {name: int(allowed) if keyword.endswith("Length") else allowed})
    if not error.absolute_path and keyword in ("enum", "const"):
        return PydanticKnownError("literal_error", {"expected": either(allowed if keyword == "enum" else [allowed])})
    where = "".join(f"[{step!r}]" for step in error.absolute_path)
    problem = f"{where}: {error.message}" if where else error.message
    return PydanticCustomError("json_schema", "Input should fit its JSON Schema: {problem}", {"problem": problem[:500]})


def _leaf(error: ValidationError) -> ValidationError:
    """Of the alternatives of `anyOf`, the one that allows this kind of value says what is wrong."""
    while more := [each for each in error.context or () if each.validator != "type"]:
        error = more[0]
    return error


def _patterns(part: Any) -> Iterator[str]:
    """Every pattern within a schema."""
    if isinstance(part, Mapping):
        if isinstance(part.get("pattern"), str):
            yield part["pattern"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _patterns(each)


@cache
def _pattern(pattern: str) -> TypeAdapter[str]:
    try:
        return TypeAdapter(Annotated[str, Field(pattern=pattern)])
    except PatternError as error:
        raise ValueError(f"its pattern {pattern!r} cannot be checked: {error}") from error


def _fits_pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    if not isinstance(value, str):
        return
    try:
        _pattern(pattern).validate_python(value)
    except PydanticError:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _is_multiple(_: Any, of: float, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    whole = isinstance(value, int) and isinstance(of, int)
    rest = value % of if whole else abs(math.remainder(value, of))
    if rest > (0 if whole else TOLERANCE):
        yield ValidationError(f"{value!r} is not a multiple of {of!r}")


# To JSON Schema 1.0 is an integer. To pydantic, and so to plug-ins, it is none.
_KINDS = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
_Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _fits_pattern, "multipleOf": _is_multiple}, type_checker=_KINDS
)
