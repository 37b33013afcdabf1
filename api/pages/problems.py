"""Shows errors as pages to whoever asked for a page."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from api.door.hosts import SAFE_METHODS
from api.pages.fragments import HEADER
from api.pages.frame import show
from api.pages.paths import HOME, SIGN_IN, is_page, ours
from api.pages.rendering import render
from api.schemas.problem import Problem

Handler = Callable[[Request, Any], Response | Awaitable[Response]]
# What the reader sees instead of the phrase of HTTP.
TITLES = {
    400: "This cannot be read",
    401: "You are not signed in",
    403: "You may not do this",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "Not now",
    413: "This is too large",
    422: "This cannot be",
    429: "This is too much at once",
    500: "Something went wrong",
    503: "This is not available now",
}


def show_problems_as_pages(app: FastAPI) -> None:
    """Wrap every handler of errors that the app has."""
    for kind, handler in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _as_page(handler))


def _as_page(handler: Handler) -> Handler:
    async def handle(request: Request, error: Any) -> Response:
        answer = handler(request, error)
        response = answer if isinstance(answer, Response) else await answer
        is_problem = response.media_type == "application/problem+json"
        return page_of(request, response) if is_page(request.url.path) and is_problem else response

    return handle


def page_of(request: Request, response: Response) -> Response:
    """The problem as a page with the same status, or as a piece for a script. Who must sign in is led there."""
    problem = Problem.model_validate_json(bytes(response.body))
    title = TITLES.get(problem.status, problem.title)
    detail = problem.detail if problem.status != 404 else _without_calls(problem.detail)
    if HEADER in request.headers or "text/event-stream" in request.headers.get("accept", ""):
        shown: Response = render("problem_piece.html", problem.status, title=title, detail=detail)
    elif problem.status == 401:
        return to_sign_in(request)
    else:
        shown = show(request, "problem.html", problem.status, problem=problem, title=title, detail=detail)
    for name in ("Retry-After", "Allow"):
        if name in response.headers:
            shown.headers[name] = response.headers[name]
    return shown


def to_sign_in(request: Request) -> Response:
    """Lead the reader to where they can sign in, and from there to what they asked for.

    A link on another site, such as one in a mail, brings no cookie along. So the reader may have signed in already. A
    page of ours that asks again brings it.
    """
    is_safe = request.method in SAFE_METHODS
    asked = f"{request.url.path}?{request.url.query}".rstrip("?") if is_safe else HOME
    if is_safe and request.headers.get("sec-fetch-site") == "cross-site":
        return render("sign_in/again.html", url=ours(asked))
    return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': asked})}", 303)


def _without_calls(detail: str) -> str:
    """What is wrong, without the advice which call of the API lists what there is: a page has links for that."""
    return detail.partition(";")[0]
