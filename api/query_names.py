"""Refuses query parameters that a call does not have. Without this, a post with a misspelt `dry_run` would post."""

from inspect import isclass
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel

from api.auth import Caller, find_caller
from evenkeel.analysis.query import QueryError


async def refuse_unknown(request: Request, caller: Annotated[Caller, Depends(find_caller)]) -> None:
    """Check the names of the query parameters. `caller` is here so that who may not call learns nothing.

    Raises:
        QueryError: The call has no query parameter of that name.
    """
    parameters = request.scope["route"].dependant.query_params
    kinds = [parameter.field_info.annotation for parameter in parameters]
    if any(isclass(kind) and issubclass(kind, BaseModel) for kind in kinds):
        return  # The model refuses what it does not have.
    known = [parameter.alias for parameter in parameters]
    for name in request.query_params:
        if name not in known:
            what = f"allowed: {', '.join(known)}" if known else "this call takes no query parameters"
            raise QueryError(name, f"is not known here; {what}")


KnownQuery = Depends(refuse_unknown)
