"""What every view is given: who asks, and how to answer with a page."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from api.auth import Caller, find_caller
from api.door.hosts import SAFE_METHODS
from api.heavy.work import Work
from api.pages import flash
from api.pages.flash import Flash
from api.pages.fragments import HEADER, PATIENCE_SECONDS, Fragment, html_of
from api.pages.live.about import of_page, stamp_of
from api.pages.rendering import fill, render
from api.pages.tokens import token_of
from api.resources import Resources, Shared
from evenkeel.records.keys import Role


@dataclass(frozen=True)
class Page:
    """A request for a page.

    Attributes:
        live: What it shows, for scripts that listen: see `live/about`; '' if its address does not tell.
        stamp: The stamp of that before anything was read, so that nothing that happens meanwhile is missed.
    """

    request: Request
    shared: Resources
    caller: Caller
    live: str = ""
    stamp: str = ""

    @property
    def may_write(self) -> bool:
        return self.caller.role is Role.WRITE

    @property
    def mlflow_url(self) -> str:
        """Where a browser finds MLflow."""
        settings = self.shared.lab.settings
        return settings.mlflow_public_url or settings.mlflow_url

    def show(self, template: str, /, status: int = 200, **values: object) -> HTMLResponse:
        """The page that a template makes. Beside `values`, the template gets `page`, `here`, `token` and `flash`."""
        return show(self.request, template, status, **({"page": self} | values))

    def done(self, text: str, url: str) -> RedirectResponse:
        """What answers a form that has changed something: go to `url` and say so there."""
        return self._go(url, Flash(text))

    def refused(self, text: str, url: str) -> RedirectResponse:
        """What answers a form that could not change anything: go to `url` and say why there."""
        return self._go(url, Flash(text, "problem"))

    async def fragment(self, name: str, url: str, work: Work, begin: bool = True) -> Fragment:
        """A part of the page that may take long. It is left out if it is not there at once; then it is worked out
        meanwhile.

        Args:
            begin: Whether to work it out. A page of many fragments only shows those that are kept.
        """
        heavy = self.shared.heavy
        coming = heavy.soon(self.caller.key_id, work, PATIENCE_SECONDS) if begin else heavy.kept(work)
        return Fragment(name, url, await html_of(coming))

    async def show_fragment(self, name: str, title: str, url: str, work: Work) -> Response:
        """What the address of a fragment answers: the piece for scripts, and a page with it for everybody else.

        Args:
            url: The page that it is a part of.
        """
        piece = await self.shared.heavy.piece(self.request, self.caller.key_id, work)
        return self.show_piece(name, title, url, piece)

    def show_piece(self, name: str, title: str, url: str, piece: Response) -> Response:
        """The same for a piece that is there already: one that takes no time."""
        if HEADER in self.request.headers or piece.status_code != 200:
            return piece
        return self.show("fragment.html", name=name, title=title, url=url, html=Markup(bytes(piece.body).decode()))

    def part(self, name: str, url: str, template: str, /, **values: object) -> Fragment:
        """A part of the page that takes no time. It has an address of its own, so that it can be fetched again when
        what it shows has changed. Unlike other fragments, it may have buttons."""
        values = {"page": self, "token": token_of(self.request).text} | values
        return Fragment(name, url, Markup(fill(template, **values)))

    def show_part(self, part: Fragment, title: str, url: str) -> Response:
        """What the address of a `part` answers: see `show_fragment`."""
        return self.show_piece(part.name, title, url, HTMLResponse(str(part.html)))

    def _go(self, url: str, said: Flash) -> RedirectResponse:
        response = RedirectResponse(url, 303)
        flash.leave(self.request, response, said)
        return response


def show(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page, also for somebody who is not signed in. It shows the message that the last page has left."""
    token, left = token_of(request), flash.find(request)
    given = {"page": None, "here": request.url.path, "token": token.text, "flash": left}
    response = render(template, status, **(given | values))
    if left is not None:
        flash.remove(response)
    token.leave(request, response)
    return response


def _page(request: Request, shared: Shared, caller: Annotated[Caller, Depends(find_caller)]) -> Page:
    is_whole = request.method in SAFE_METHODS and HEADER not in request.headers
    live = of_page(request.url.path, request.path_params) if is_whole else ""
    return Page(request, shared, caller, live, stamp_of(shared.lab.store, live) if live else "")


ThePage = Annotated[Page, Depends(_page)]
