"""Refuses what the pages of other sites ask for.

A browser adds the user's name and password to a request, whichever page made it. Without this check, any page that the
user looks at could act in the user's name.
"""

from mlflow_server.login import App, Receive, Scope, Send, refuse

REFUSAL = "a page of another site may not use MLflow: open MLflow in a tab of its own"


class OwnSiteOnly:
    """Lets a request through to `app`, unless a page of another site made it: then it answers 403.

    Another port is another site. A link from another page may still open a page of MLflow in a tab.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and is_from_another_site(scope):
            await refuse(scope, send, 403, "PERMISSION_DENIED", REFUSAL)
        else:
            await self._app(scope, receive, send)


def is_from_another_site(scope: Scope) -> bool:
    """Whether a page of another site made this request. What is no browser sends none of these headers."""
    headers = dict(scope["headers"])
    site = headers.get(b"sec-fetch-site")
    if site in (b"same-site", b"cross-site"):
        opens_a_tab = (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")) == (b"navigate", b"document")
        return not (opens_a_tab and scope.get("method") in ("GET", "HEAD"))
    if site is not None:
        return False
    # Browsers send no Sec-Fetch-Site to an address without TLS, unless it is this machine.
    origin = headers.get(b"origin")
    return origin is not None and origin.partition(b"://")[2] != headers.get(b"host")
