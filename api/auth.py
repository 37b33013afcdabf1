"""Checks who may call: a caller with a Bearer key or, while the lab has no keys, any caller on this machine."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import Forbidden, Unauthorized
from api.loopback import is_loopback
from api.resources import Shared
from evenkeel.records.keys import Role

bearer = HTTPBearer(
    auto_error=False,
    description="`evenkeel keys add NAME` makes a key. As soon as the lab has a key, every request needs one.",
)


@dataclass(frozen=True)
class Caller:
    """Who sent a request. `key_id` is empty if the lab has no keys."""

    key_id: str
    role: Role


def find_caller(
    request: Request, shared: Shared, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    """Find out who sent the request.

    Raises:
        Unauthorized: The lab has keys, and the request has no key or one that is not known.
        Forbidden: The lab has no keys, and the request comes from another machine.
    """
    if shared.keys.is_empty():
        if not is_loopback(request.client.host if request.client else ""):
            raise Forbidden(
                "this lab has no API keys, so it answers only its own machine; make a key: evenkeel keys add NAME"
            )
        return Caller("", Role.WRITE)
    key = shared.keys.find(credentials.credentials) if credentials is not None else None
    if key is None:
        what = "this API key is not known here, or was revoked" if credentials is not None else "an API key is needed"
        raise Unauthorized(f"{what}; send Authorization: Bearer KEY; evenkeel keys add NAME makes a key")
    return Caller(key.id, key.role)


def find_writer(caller: Annotated[Caller, Depends(find_caller)]) -> Caller:
    """The caller, who may write. Raises Forbidden for a key that may only read."""
    if caller.role is not Role.WRITE:
        raise Forbidden("this key has the role read; to post or change something, use a key with the role write")
    return caller


Reader = Depends(find_caller)
Writer = Annotated[Caller, Depends(find_writer)]
