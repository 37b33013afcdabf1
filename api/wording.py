"""Words the errors of a 422: the field that is wrong, as the caller wrote it, and what is allowed there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

from fastapi import Request

Location = Sequence[str | int]
# The type of the error for a grid whose task is not known (`api.schemas.grids`).
UNKNOWN_TASK = "unknown_task"


def word(error: Mapping[str, Any], request: Request) -> dict[str, str]:
    """{"field", "problem"} for one of pydantic's errors. The field is 'grid.lr.0' for example, or 'body' for the whole
    body."""
    field, problem = _field(error["loc"], request), f"{error['msg']}{got(error.get('input'))}"
    match error["type"]:
        case "extra_forbidden":
            problem = f"is not known here; allowed: {', '.join(_known(error['loc'], request))}"
        case "model_attributes_type" | "model_type":
            problem = f"should be a JSON object; its keys: {', '.join(_known((*error['loc'], ''), request))}"
        case "missing":
            problem = "is required"
        case "json_invalid":
            field, problem = "body", f"is not JSON: {error.get('ctx', {}).get('error', error['msg'])}"
        case kind if kind == UNKNOWN_TASK:
            field, problem = "task", f"{error['msg']}{got(error['input']['task'])}"
    return {"field": field, "problem": problem}


def got(value: Any) -> str:
    """', not VALUE' for a number, a truth value or a text; empty for anything longer."""
    return f", not {value!r:.60}" if isinstance(value, str | int | float | bool) else ""


def _field(location: Location, request: Request) -> str:
    """'grid.lr.0' for ('body', 'grid', 'lr', 0), and for ('body', TAG, 'grid', 'lr', 0)."""
    tagged = location[0] == "body" and get_origin(_body(request)) is Union
    return ".".join(map(str, location[2 if tagged else 1 :])) or "body"


def _known(location: Location, request: Request) -> Iterable[str]:
    """The keys that are allowed in place of the last one of `location`."""
    if location[0] == "query":
        models = [field.field_info.annotation for field in request.scope["route"].dependant.query_params]
        return [name for model in models for name in getattr(model, "model_fields", {})]
    kind, path = _body(request), list(location[1:-1])
    if get_origin(kind) is Union:
        # The grid of each task has a tag, and the location begins with it.
        kind = {member.__metadata__[0].tag: member.__origin__ for member in get_args(kind)}[path.pop(0)]
    for key in path:
        kind = _model(kind.model_fields[key].annotation)
    return list(kind.model_fields)


def _model(kind: Any) -> Any:
    """The model among the types that a field may have."""
    return next((member for member in get_args(kind) if hasattr(member, "model_fields")), kind)


def _body(request: Request) -> Any:
    """The type of the body that the endpoint takes; None if it takes no body."""
    return next((field.field_info.annotation for field in request.scope["route"].dependant.body_params), None)
