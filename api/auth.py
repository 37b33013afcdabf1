"""Who may call: a Bearer key with a role, or, while the lab has no keys, whoever is on this machine."""

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import Forbidden, Unauthorized
from api.resources import Shared
from evenkeel.lab.keys import Role

bearer = HTTPBearer(auto_error=False, description="`evenkeel keys add NAME` makes a key. Needed once there is one.")


@dataclass(frozen=True)
class Caller:
    """key_id: '' where the lab has no keys."""

    key_id: str
    role: Role


def find_caller(
    request: Request, shared: Shared, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    """Raises Unauthorized, or Forbidden for a caller from elsewhere while there are no keys."""
    if shared.keys.is_empty():
        if not is_loopback(request.client.host if request.client else ""):
            raise Forbidden(
                "this lab has no API keys and answers its own machine alone; make one: evenkeel keys add NAME"
            )
        return Caller("", Role.WRITE)
    key = shared.keys.find(credentials.credentials) if credentials is not None else None
    if key is None:
        what = "is not known here, or was revoked" if credentials is not None else "is needed"
        raise Unauthorized(f"an API key {what}: Authorization: Bearer KEY; evenkeel keys add NAME makes one")
    return Caller(key.id, key.role)


def find_writer(caller: Annotated[Caller, Depends(find_caller)]) -> Caller:
    """Raises Forbidden for a key that may only read."""
    if caller.role is not Role.WRITE:
        raise Forbidden("this key's role is read; posting and changing need a key with the role write")
    return caller


Reader = Depends(find_caller)
Writer = Annotated[Caller, Depends(find_writer)]


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
