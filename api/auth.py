"""Checks who may call: a caller with a Bearer key, a browser that signed in with one or, while the lab has no keys, any
caller on this machine."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.door.hosts import SAFE_METHODS
from api.errors import Forbidden, Unauthorized
from api.loopback import is_loopback
from api.pages.paths import is_page
from api.resources import Shared
from api.signed_in import COOKIE
from evenkeel.records.keys import Role

bearer = HTTPBearer(
    auto_error=False,
    description="`evenkeel keys add NAME` makes a key. As soon as the lab has a key, every request needs one.",
)


@dataclass(frozen=True)
class Caller:
    """Who sent a request.

    Attributes:
        key_id: id of the key; '' if the lab has no keys.
        key_name: name of the key; '' if the lab has no keys.
        signed_in: whether a browser has signed in with the key.
    """

    key_id: str
    role: Role
    key_name: str = ""
    signed_in: bool = False


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
    if credentials is None and _may_have_session(request):
        key = shared.signed_in.find(request.cookies.get(COOKIE, ""))
        if key is not None:
            return Caller(key.id, key.role, key.name, signed_in=True)
    key = shared.keys.find(credentials.credentials) if credentials is not None else None
    if key is None:
        what = "this API key is not known here, or was revoked" if credentials is not None else "an API key is needed"
        raise Unauthorized(f"{what}; send Authorization: Bearer KEY; evenkeel keys add NAME makes a key")
    return Caller(key.id, key.role, key.name)


def _may_have_session(request: Request) -> bool:
    """Whether a session may stand for a key. A browser sends it along whoever made it send the request, so it is good
    for reading, and for the forms of pages: those carry a token."""
    return request.method in SAFE_METHODS or is_page(request.url.path)


def find_writer(caller: Annotated[Caller, Depends(find_caller)]) -> Caller:
    """The caller, who may write. Raises Forbidden for a key that may only read."""
    if caller.role is not Role.WRITE:
        raise Forbidden("this key has the role read; to post or change something, use a key with the role write")
    return caller


Reader = Depends(find_caller)
Writer = Annotated[Caller, Depends(find_writer)]
