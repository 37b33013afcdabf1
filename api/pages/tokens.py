"""The token that every form carries, so that no page of another site can send one.

A cookie holds random text, and a form holds a hash of it together with the session's cookie. Another site can read
neither, and a cookie that it plants fits no session.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from fastapi import Request, Response

COOKIE = "evenkeel_form"
SESSION = "evenkeel_session"
FIELD = "token"


@dataclass(frozen=True)
class FormToken:
    """`text` is what a form carries. `cookie` is the random text, and `is_new` says that the browser has yet to get
    it."""

    text: str
    cookie: str
    is_new: bool
    secure: bool

    def leave(self, response: Response) -> None:
        """Give the browser the cookie, unless it has it."""
        if self.is_new:
            response.set_cookie(COOKIE, self.cookie, path="/ui/", httponly=True, samesite="strict", secure=self.secure)


def of(request: Request) -> FormToken:
    """The token for the forms of the page that a request asks for."""
    cookie = request.cookies.get(COOKIE, "")
    fresh = cookie or secrets.token_urlsafe(32)
    return FormToken(_hash(fresh, request), fresh, not cookie, request.url.scheme == "https")


def fits(request: Request, text: str) -> bool:
    """Whether a form with this token comes from a page that we gave to this browser."""
    cookie = request.cookies.get(COOKIE, "")
    return bool(cookie) and hmac.compare_digest(_hash(cookie, request).encode(), text.encode())


def _hash(cookie: str, request: Request) -> str:
    about = f"form {request.cookies.get(SESSION, '')}"
    return hmac.new(cookie.encode(), about.encode(), hashlib.sha256).hexdigest()
