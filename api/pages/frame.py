"""What every view is given: who asks, and how to answer with a page."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from starlette.exceptions import HTTPException

from api.auth import Caller, find_caller
from api.heavy.work import Work
from api.pages import flash, tokens
from api.pages.flash import Flash
from api.pages.fragments import HEADER, PATIENCE_SECONDS, Fragment
from api.pages.rendering import render
from api.resources import Resources, Shared
from evenkeel.analysis.query import QueryError
from evenkeel.records.keys import Role


@dataclass(frozen=True)
class Page:
    """A request for a page."""

    request: Request
    shared: Resources
    caller: Caller

    @property
    def may_write(self) -> bool:
        return self.caller.role is Role.WRITE

    @cached_property
    def token(self) -> tokens.FormToken:
        return tokens.of(self.request)

    def show(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """The page that a template makes. Beside `values`, the template gets `page`, `token` and `flash`."""
        left = flash.find(self.request)
        response = render(template, status, **({"page": self, "token": self.token.text, "flash": left} | values))
        if left is not None:
            flash.remove(response)
        self.token.leave(response)
        return response

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
        try:
            found = await (heavy.soon(self.caller.key_id, work, PATIENCE_SECONDS) if begin else heavy.kept(work))
        except (HTTPException, QueryError):
            # Its own address says what is wrong.
            found = None
        return Fragment(name, url, None if found is None else Markup(bytes(found.body).decode()))

    async def show_fragment(self, name: str, title: str, url: str, work: Work) -> Response:
        """What the address of a fragment answers: the piece for scripts, and a page with it for everybody else.

        Args:
            url: The page that it is a part of.
        """
        piece = await self.shared.heavy.piece(self.request, self.caller.key_id, work)
        if HEADER in self.request.headers:
            return piece
        return self.show("fragment.html", name=name, title=title, url=url, html=Markup(bytes(piece.body).decode()))

    def _go(self, url: str, said: Flash) -> RedirectResponse:
        response = RedirectResponse(url, 303)
        flash.leave(response, said)
        return response


async def _page(request: Request, shared: Shared, caller: Annotated[Caller, Depends(find_caller)]) -> Page:
    return Page(request, shared, caller)


ThePage = Annotated[Page, Depends(_page)]
