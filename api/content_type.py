"""`curl -d @grid.json` calls its body a form. It is JSON all the same."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

FORM = "application/x-www-form-urlencoded"
WITH_BODY = ("POST", "PATCH")


class BodiesAreJson:
    """Takes a body without a content type, or with curl's default one, as JSON.

    Not where the request has an Origin: a page elsewhere could post such a form from somebody's browser unasked, while
    it must ask before it posts JSON.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in WITH_BODY:
            headers = MutableHeaders(scope=scope)
            if headers.get("content-type", FORM).startswith(FORM) and "origin" not in headers:
                headers["content-type"] = "application/json"
        await self.app(scope, receive, send)
