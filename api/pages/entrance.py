"""What `/` answers: the first page to a browser, and to every other caller where everything is."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from api.pages.paths import HOME
from evenkeel.lab.version import code_version

router = APIRouter()


@router.get("/")
def enter(request: Request) -> Response:
    if prefers_html(request.headers.get("accept", "")):
        return RedirectResponse(HOME, 307)
    return JSONResponse({"name": "Evenkeel", "version": code_version(), "ui": HOME, "docs": "/docs"})


def prefers_html(accept: str) -> bool:
    """Whether an Accept header puts HTML before JSON, as that of a browser does (RFC 9110, 12.5.1)."""
    wanted = {}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        wanted[kind] = _quality(parameters)
    anything = wanted.get("*/*", 0.0)
    return wanted.get("text/html", anything) > wanted.get("application/json", anything)


def _quality(parameters: list[str]) -> float:
    given = [each.removeprefix("q=") for each in parameters if each.startswith("q=")]
    try:
        return float(given[0]) if given else 1.0
    except ValueError:
        return 0.0
