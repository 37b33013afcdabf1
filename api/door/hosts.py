"""Answers only requests to the API's own names, and lets no page of another origin change anything.

Otherwise a web site could point its own name at this API, and use it from a visitor's browser.
"""

import re
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# A name server cannot point these names at another machine.
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
# A browser sends no more than this, and leaves out the port that belongs to the scheme.
PORTS = {"http": 80, "https": 443}
AUTHORITY = r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
HOST = re.compile(AUTHORITY)
ORIGIN = re.compile(rf"(?P<scheme>https?)://{AUTHORITY}")


class Origin(NamedTuple):
    """What a browser takes for one site."""

    scheme: str
    name: str
    port: int


class KnownHosts:
    """Lets in requests that name this API as their host, and changes only from pages of this API.

    Args:
        names: The API's names beside those of this machine. A name with a scheme, such as https://lab.example.org, is
            also the origin of the API's pages. It is needed if a proxy ends TLS, since the API then sees http.
    """

    def __init__(self, app: ASGIApp, names: list[str]) -> None:
        self.app = app
        names = [name.strip() for name in names if name.strip()]
        self.origins = {origin for name in names if (origin := parse_origin(name)) is not None}
        plain = [name for name in names if "://" not in name]
        self.names = [*dict.fromkeys([*OWN_NAMES, *plain, *sorted(origin.name for origin in self.origins)])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            return await problem(*refusal)(scope, receive, send)
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or len(origins) > 1:
            return 400, f"a request has one Host and at most one Origin; this one has {len(hosts)} and {len(origins)}"
        own = parse_origin(f"{scope['scheme']}://{hosts[0].lower()}")
        if own is None or own.name not in self.names:
            return 400, (
                f"Host {hosts[0]!r:.100} is not a name of this API; its names: {', '.join(self.names)} "
                "(EVENKEEL_ALLOWED_HOSTS)"
            )
        return self._refusal_of_page(origins[0], own, scope["method"]) if origins else None

    def _refusal_of_page(self, origin: str, own: Origin, method: str) -> tuple[int, str] | None:
        if origin == "null":  # A page that is nowhere, such as a file.
            page = None
        elif (page := parse_origin(origin)) is None:
            return 400, f"Origin {origin!r:.100} is none; one has a scheme, a name and a port: http://localhost:8000"
        has_own_name = page is not None and page.name == own.name
        if method in SAFE_METHODS or page == own or (has_own_name and page in self.origins):
            return None
        hint = f"; if a proxy ends TLS there, put {origin} into EVENKEEL_ALLOWED_HOSTS" if has_own_name else ""
        return 403, f"Origin {origin!r:.100} may not change anything here; only pages of this API may{hint}"


def parse_origin(text: str) -> Origin | None:
    """Origin('http', 'localhost', 8000) for 'http://localhost:8000'; None if the text is no origin."""
    found = ORIGIN.fullmatch(text)
    if found is None:
        return None
    port = int(found["port"] or PORTS[found["scheme"]])
    return Origin(found["scheme"], found["name"], port) if 0 < port < 65536 else None
