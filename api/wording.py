"""Words the errors of a 422: the field that is wrong, as the caller wrote it, and what is allowed there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from fastapi import Request

from evenkeel.plugins import NAME_PATTERN

Location = Sequence[str | int]

WHOLE, NUMBER = "Input should be a whole number", "Input should be a number"
NAME = "Input should be 1 to 64 letters, digits, '.', '_' and '-', and begin with a letter or a digit"
# Types of pydantic's errors whose own words are about programs.
PLAIN = {
    "int_parsing": WHOLE,
    "int_type": WHOLE,
    "int_from_float": WHOLE,
    "float_parsing": NUMBER,
    "float_type": NUMBER,
}


def word(error: Mapping[str, Any], request: Request, body: Any) -> dict[str, str]:
    """{"field", "problem"} for one of pydantic's errors. The field is 'grid.lr.0' for example, or 'body' for the whole
    body.

    Args:
        body: The type of the body; None if there is none.
    """
    field, problem = _field(error["loc"]), plain(error)
    match error["type"]:
        case "extra_forbidden":
            problem = f"is not known here; allowed: {', '.join(_known(error['loc'], request, body))}"
        case "model_attributes_type" | "model_type":
            problem = f"should be a JSON object; its keys: {', '.join(_known((*error['loc'], ''), request, body))}"
        case "missing":
            problem = "is required"
        case "json_invalid":
            field, problem = "body", f"is not JSON: {error.get('ctx', {}).get('error', error['msg'])}"
    return {"field": field, "problem": problem}


def plain(error: Mapping[str, Any]) -> str:
    """What is wrong, in words for somebody who is no programmer: 'Input should be a whole number, not 2.5'."""
    says = PLAIN.get(error["type"], error["msg"])
    if error["type"] == "string_pattern_mismatch" and error["ctx"]["pattern"] == NAME_PATTERN:
        says = NAME
    return f"{says}{got(error.get('input'))}"


def got(value: Any) -> str:
    """', not VALUE' for a number, a truth value or a text; empty for anything longer."""
    return f", not {value!r:.60}" if isinstance(value, str | int | float | bool) else ""


def body_of(request: Request) -> Any:
    """The type of the body that the endpoint takes; None if it takes no body."""
    return next((field.field_info.annotation for field in request.scope["route"].dependant.body_params), None)


def _field(location: Location) -> str:
    """'grid.lr.0' for ('body', 'grid', 'lr', 0)."""
    return ".".join(map(str, location[1:])) or "body"


def _known(location: Location, request: Request, body: Any) -> Iterable[str]:
    """The keys that are allowed in place of the last one of `location`."""
    if location[0] == "query":
        models = [field.field_info.annotation for field in request.scope["route"].dependant.query_params]
        return [name for model in models for name in getattr(model, "model_fields", {})]
    kind = _model(body)
    for key in location[1:-1]:
        # A number is a place in a list, whose model is that of its members.
        if isinstance(key, str):
            kind = _model(kind.model_fields[key].annotation) if key in getattr(kind, "model_fields", {}) else None
    return list(getattr(kind, "model_fields", {}))


def _model(kind: Any) -> Any:
    """The model among the types that a field may have, or that members of its lists may have; None without one."""
    if hasattr(kind, "model_fields"):
        return kind
    return next(filter(None, map(_model, get_args(kind))), None)
