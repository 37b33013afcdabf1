"""Shows errors as pages to whoever asked for a page."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response

from api.pages.fragments import HEADER
from api.pages.paths import is_page
from api.pages.rendering import render
from api.schemas.problem import Problem

Handler = Callable[[Request, Any], Response | Awaitable[Response]]
# What the reader sees instead of the phrase of HTTP.
TITLES = {
    403: "You may not do this",
    404: "There is nothing here",
    409: "Not now",
    413: "Too large",
    422: "This cannot be",
    429: "Too much at once",
    500: "Something went wrong",
    503: "Not available now",
}


def show_problems_as_pages(app: FastAPI) -> None:
    """Wrap every handler of errors that the app has."""
    for kind, handler in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _as_page(handler))


def _as_page(handler: Handler) -> Handler:
    async def handle(request: Request, error: Any) -> Response:
        answer = handler(request, error)
        response = answer if isinstance(answer, Response) else await answer
        if not is_page(request.url.path) or response.media_type != "application/problem+json":
            return response
        return page_of(request, Problem.model_validate_json(bytes(response.body)), response)

    return handle


def page_of(request: Request, problem: Problem, response: Response) -> Response:
    """The problem as a page with the same status, or as a piece for a script."""
    piece = HEADER in request.headers
    title = TITLES.get(problem.status, problem.title)
    shown = render("problem.html", problem.status, problem=problem, title=title, bare=piece)
    for name in ("Retry-After", "Allow"):
        if name in response.headers:
            shown.headers[name] = response.headers[name]
    return shown
