"""Parts of a page that have an address of their own, because they may take long.

A fragment is worked out in the pool of `api/heavy`, and kept until a run changes. It is the same for every caller: it
has no buttons and no tokens. A page that has it at once puts it in. Otherwise the page links to it, and a script loads
it. Its address answers a whole page, and only the piece for a request with the header X-Fragment.
"""

from collections.abc import Awaitable
from dataclasses import dataclass

from fastapi import Response
from markupsafe import Markup
from starlette.exceptions import HTTPException

from api.pages.rendering import fill
from evenkeel.analysis.query import QueryError

HEADER = "X-Fragment"
# How long a page waits for all its fragments.
PATIENCE_SECONDS = 0.25


@dataclass(frozen=True)
class Fragment:
    """A part of a page.

    Attributes:
        name: The id of its element, such as 'cells'.
        url: Its address.
        html: The piece; None if it was not there in time.
    """

    name: str
    url: str
    html: Markup | None


async def html_of(coming: Awaitable[Response | None]) -> Markup | None:
    """The piece that is coming; None if it is not there in time. A question that cannot be answered says why."""
    try:
        piece = await coming
    except (HTTPException, TimeoutError):
        return None
    except QueryError as error:
        says = "; ".join(f"{field}: {problem}" for field, problem in error.parts)
        return Markup(fill("problem_piece.html", title="This cannot be shown", detail=says))
    return None if piece is None else Markup(bytes(piece.body).decode())
