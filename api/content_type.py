"""Reads the body of `curl -d @grid.json` as JSON, although curl calls it a form."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from api.pages.paths import is_page

FORM = "application/x-www-form-urlencoded"
WITH_BODY = ("POST", "PATCH")


class BodiesAreJson:
    """Treats a body without a content type, or with curl's default one, as JSON.

    A request with an Origin stays as it is. A page of another site could send such a form from a user's browser without
    permission, whereas the browser asks the API for permission before it sends JSON. What is sent to a page stays as it
    is, too: those are forms.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in WITH_BODY and not is_page(scope["path"]):
            headers = MutableHeaders(scope=scope)
            if headers.get("content-type", FORM).startswith(FORM) and "origin" not in headers:
                headers["content-type"] = "application/json"
        await self.app(scope, receive, send)
