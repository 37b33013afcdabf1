"""Who may call: a Bearer key with a role, or, while the lab has no keys, whoever is on this machine."""

import ipaddress
import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import Forbidden, Unauthorized
from api.resources import Lab
from lab.keys import Role, fits, split_key
from lab.records import ApiKey
from lab.store import Store

# How long a revoked key may still be let in by a process that knew it.
REFRESH_SECONDS = 5.0
# A key that is not known yet is looked for anew, but no oftener than this.
LOOK_AGAIN_SECONDS = 0.2

bearer = HTTPBearer(auto_error=False, description="`evenkeel keys add NAME` makes a key. Needed once there is one.")


@dataclass(frozen=True)
class Caller:
    """key_id: '' where the lab has no keys."""

    key_id: str
    role: Role


class KeyRing:
    """The store's keys, kept for some seconds: one look a request would be a query a request."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._keys: dict[str, ApiKey] = {}
        self._looked = -REFRESH_SECONDS

    def is_empty(self) -> bool:
        """Whether there never was a key."""
        self._refresh(REFRESH_SECONDS if self._keys else LOOK_AGAIN_SECONDS)
        return not self._keys

    def find(self, text: str) -> ApiKey | None:
        """The live key that `text` is."""
        parts = split_key(text)
        if parts is None:
            return None
        key_id, secret = parts
        self._refresh(REFRESH_SECONDS if key_id in self._keys else LOOK_AGAIN_SECONDS)
        key = self._keys.get(key_id)
        return key if key is not None and fits(secret, key.hash) and key.revoked_ms is None else None

    def _refresh(self, older_than_seconds: float) -> None:
        if time.monotonic() - self._looked >= older_than_seconds:
            self._keys = {key.id: key for key in self.store.list_keys()}
            self._looked = time.monotonic()


def find_caller(
    request: Request, lab: Lab, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    """Raises Unauthorized, or Forbidden for a caller from elsewhere while there are no keys."""
    if lab.keys.is_empty():
        if not is_loopback(request.client.host if request.client else ""):
            raise Forbidden(
                "this lab has no API keys and answers its own machine alone; make one: evenkeel keys add NAME"
            )
        return Caller("", Role.WRITE)
    key = lab.keys.find(credentials.credentials) if credentials is not None else None
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
