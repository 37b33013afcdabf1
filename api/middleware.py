"""What every request passes on its way to an endpoint, and every answer on its way back."""

import logging
import re
import secrets
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem
from evenkeel.lab.logs import request_id

log = logging.getLogger("api.access")

MAX_BODY_BYTES = 256 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
# A name server cannot point these names at another machine.
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
PAGES = ("/docs", "/redoc")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
# A figure that is opened by itself may use its own styles, and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)


class Traced:
    """Gives each request an id and a line in the log, and each answer security headers.

    The id is the caller's X-Request-ID if that has the right form. An unexpected exception is logged in full. The
    caller gets a 500 that tells only the id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get("x-request-id", "")
        token = request_id.set(given if REQUEST_ID.match(given) else secrets.token_hex(8))
        began, status = time.perf_counter(), 0

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id.get()
                policy = PAGE_POLICY if scope["path"].startswith(PAGES) else POLICY
                for name, value in {**HEADERS, "Content-Security-Policy": policy}.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_traced)
        except Exception:
            log.exception("fault in %s %s", scope["method"], scope["path"])
            if status:
                raise
            text = f"an error inside Evenkeel; the log of the API says more under request {request_id.get()}"
            await problem(500, text)(scope, receive, send_traced)
        finally:
            took = {"method": scope["method"], "path": scope["path"], "status": status}
            took["ms"] = round(1000 * (time.perf_counter() - began), 1)
            log.info("%(method)s %(path)s %(status)d in %(ms).1f ms", took, extra=took)
            request_id.reset(token)


class KnownHosts:
    """Answers only requests to the API's own names, and lets no page of another origin change anything.

    Otherwise a web site could point its own name at this API, and use it from a visitor's browser.
    """

    def __init__(self, app: ASGIApp, names: list[str]) -> None:
        self.app, self.names = app, [*OWN_NAMES, *(name.strip() for name in names if name.strip())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(Headers(scope=scope), scope["method"])):
            return await problem(*refusal)(scope, receive, send)
        await self.app(scope, receive, send)

    def _refusal(self, headers: Headers, method: str) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if _name_of(host) not in self.names:
            return 400, (
                f"Host {host!r:.100} is not a name of this API; its names: {', '.join(self.names)} "
                "(EVENKEEL_ALLOWED_HOSTS)"
            )
        origin = headers.get("origin")
        if origin is not None and method not in SAFE_METHODS and urlsplit(origin).netloc != host:
            return 403, f"Origin {origin!r:.100} may not change anything here; only pages of this API may"
        return None


class BoundedBodies:
    """Refuses a body over MAX_BODY_BYTES with 413 before an endpoint reads it, however the body is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            return await self.app(scope, receive, send)
        body = await _read(receive)
        if body is None:
            answer = problem(413, f"a body may have at most {MAX_BODY_BYTES:,} bytes; this one has more")
            return await answer(scope, receive, send)
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return unread.pop() if unread else await receive()

        await self.app(scope, replay, send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None if it is too long."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return body


def _name_of(host: str) -> str:
    """'localhost' for 'localhost:8000', '[::1]' for '[::1]:8000'."""
    return (host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]).lower()
