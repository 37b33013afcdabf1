"""Figures of the API in a notebook."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from evenkeel.printable import printable
from evenkeel.talk import EvenkeelError, Request, ask

if TYPE_CHECKING:
    from evenkeel.address import Address

FIGURES = {
    "bands": "/summary/figure",
    "region": "/summary/region",
    "reaching": "/summary/reaching",
    "effects": "/effects/figure",
    "sensitivity": "/effects/sensitivity",
}
FORMS = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}

# What an SVG says about itself, and how it is laid out as text: a seventh of a file, and a notebook keeps every figure.
_NOT_DRAWN = re.compile(rb"<!DOCTYPE[^>]*>|<!--.*?-->|<metadata>.*?</metadata>|(?<=>)\s+(?=<)", re.DOTALL)

# A query may have these for its own answer, and no figure takes them.
NOT_OF_FIGURES = ("threshold", "start_value", "format", "table")


class Figure(bytes):
    """The content of a file with a figure, which a notebook shows.

    Attributes:
        form: 'svg', 'png' or 'pdf'.
    """

    form: str

    def __new__(cls, content: bytes, form: str) -> Figure:
        made = super().__new__(cls, content)
        made.form = form
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (bytes(self), self.form)

    def __repr__(self) -> str:
        return f"<a figure: {len(self):,} bytes of {self.form}>"

    def _repr_html_(self) -> str | None:
        return _image(self, "A figure of the lab") if self.form != "pdf" else None


def path_of(kind: str, form: str) -> str:
    """The path of a figure. Raises EvenkeelError if there is no such kind or form."""
    for name, value, allowed in (("kind", kind, FIGURES), ("form", form, FORMS)):
        if value not in allowed:
            raise EvenkeelError(f"{name}: {value!r} is not allowed; allowed: {', '.join(allowed)}")
    return f"{FIGURES[kind]}.{form}"


def draw_now(lab: Address, kind: str, query: Mapping[str, Any]) -> str:
    """The figure that belongs to a question, as HTML; what the API says, if it cannot draw it.

    It is asked for on a connection of its own, because a notebook shows an answer without awaiting anything, and often
    after its client was closed.
    """
    from evenkeel.connection import another

    params = {name: value for name, value in query.items() if name not in NOT_OF_FIGURES} | {"caption": "short"}
    try:
        with another(lab) as once:
            answer = once._run(ask(lab.url, Request("GET", path_of(kind, "svg"), {"params": params})))
        return _image(Figure(answer.content, "svg"), f"The figure {kind!r} of this answer")
    except EvenkeelError as error:
        return f"<p><small>No figure: {escape(printable(str(error)))}</small></p>"


def _image(figure: Figure, about: str) -> str:
    # As an image, an SVG runs no scripts, and its ids are not mixed up with those of other figures of the notebook.
    content = b64encode(_NOT_DRAWN.sub(b"", figure) if figure.form == "svg" else figure).decode()
    return f'<img alt="{escape(about)}" src="data:{FORMS[figure.form]};base64,{content}" style="max-width: 100%">'
