"""What every request passes on its way to an endpoint, and every answer on its way back."""

import logging
import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.door.bounds import MAX_BODY_BYTES
from api.door.hosts import SAFE_METHODS
from api.errors import problem
from api.pages.paths import is_page
from api.pages.problems import page_of
from evenkeel.lab.logs import request_id

log = logging.getLogger("api.access")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
DOCS = ("/docs", "/redoc")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
# A figure that is opened by itself may use its own styles, and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)


# Our own pages hold neither scripts nor styles. They name the files that do.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
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
                for name, value in {**HEADERS, **_policy(scope["path"])}.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_traced)
        except Exception:
            log.exception("fault in %s %s", scope["method"], scope["path"])
            if status:
                raise
            text = f"an error inside Evenkeel; the log of the API says more under request {request_id.get()}"
            answer = problem(500, text)
            page = page_of(Request(scope), answer) if is_page(scope["path"]) else answer
            await page(scope, receive, send_traced)
        finally:
            took = {"method": scope["method"], "path": scope["path"], "status": status}
            took["ms"] = round(1000 * (time.perf_counter() - began), 1)
            log.info("%(method)s %(path)s %(status)d in %(ms).1f ms", took, extra=took)
            request_id.reset(token)


def _policy(path: str) -> dict[str, str]:
    """What a browser may do with what it gets from this path."""
    if is_page(path):
        # Without a referrer a browser hides the origin of a form, and nobody could tell that it came from our page.
        return {"Content-Security-Policy": PAGE_POLICY, "Referrer-Policy": "same-origin"}
    return {"Content-Security-Policy": DOCS_POLICY if path.startswith(DOCS) else POLICY}


class BoundedBodies:
    """Refuses a body over MAX_BODY_BYTES with 413 before an endpoint reads it, however the body is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            return await self.app(scope, receive, send)
        try:
            body = await _read(scope, receive)
        except _TooLarge:
            answer = problem(413, f"a body may have at most {MAX_BODY_BYTES:,} bytes; this one has more")
            # The rest of the body may be on its way, so the connection ends. A client that is not told would use it.
            answer.headers["Connection"] = "close"
            return await answer(scope, receive, send)
        if body is None:
            return None
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return unread.pop() if unread else await receive()

        await self.app(scope, replay, send)


class _TooLarge(Exception):
    """The body has more than MAX_BODY_BYTES, or says so."""


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body. None if the caller left before it was whole: half a body must not pass for a whole one."""
    said = Headers(scope=scope).get("content-length", "")
    if said.isdecimal() and int(said) > MAX_BODY_BYTES:
        raise _TooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _TooLarge
        if not message.get("more_body", False):
            return bytes(body)
