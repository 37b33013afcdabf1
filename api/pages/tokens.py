"""The token that every form carries, so that no page of another site can send one.

A cookie holds random text, and a form holds a hash of it together with the session's cookie. Another site can read
neither, and a cookie that it plants fits no session.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from fastapi import Request, Response

from api import signed_in
from api.pages import cookies

COOKIE = "evenkeel_form"
FIELD = "token"


@dataclass(frozen=True)
class FormToken:
    """`text` is what a form carries. `cookie` is the random text. `is_new`: the browser has yet to get it."""

    text: str
    cookie: str
    is_new: bool

    def leave(self, request: Request, response: Response) -> None:
        """Give the browser the cookie, unless it has it."""
        if self.is_new:
            cookies.put(request, response, COOKIE, self.cookie)


def token_of(request: Request) -> FormToken:
    """The token for the forms of the page that a request asks for: one for all of them."""
    made: FormToken | None = getattr(request.state, "form_token", None)
    if made is None:
        cookie = request.cookies.get(COOKIE, "")
        fresh = cookie or secrets.token_urlsafe(32)
        request.state.form_token = made = FormToken(_hash(fresh, request), fresh, not cookie)
    return made


def fits(request: Request, text: str) -> bool:
    """Whether a form with this token comes from a page that we gave to this browser."""
    cookie = request.cookies.get(COOKIE, "")
    return bool(cookie) and hmac.compare_digest(_hash(cookie, request).encode(), text.encode())


def _hash(cookie: str, request: Request) -> str:
    about = f"form {request.cookies.get(signed_in.COOKIE, '')}"
    return hmac.new(cookie.encode(), about.encode(), hashlib.sha256).hexdigest()
