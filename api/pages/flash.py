"""One message after a change: a cookie that the next page shows and removes."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from typing import Literal

from fastapi import Request, Response

from api.pages import cookies

COOKIE = "evenkeel_flash"
SECONDS = 60
MOST = 1_000  # characters


@dataclass(frozen=True)
class Flash:
    text: str
    kind: Literal["done", "problem"] = "done"


def leave(request: Request, response: Response, flash: Flash) -> None:
    """Leave a message for the next page."""
    text = flash.text if len(flash.text) <= MOST else f"{flash.text[:MOST]} ..."
    value = urlsafe_b64encode(json.dumps(asdict(Flash(text, flash.kind))).encode()).decode()
    cookies.put(request, response, COOKIE, value, SECONDS)


def find(request: Request) -> Flash | None:
    """The message that the last page has left; None without one."""
    try:
        found = json.loads(urlsafe_b64decode(request.cookies.get(COOKIE, "")))
        return Flash(str(found["text"]), "problem" if found["kind"] == "problem" else "done")
    except (ValueError, KeyError, TypeError):
        return None


def remove(response: Response) -> None:
    cookies.drop(response, COOKIE)
