"""What the door says when it lets something not in, and why it does not let a head in."""

from http import HTTPStatus
from typing import NamedTuple

from api.door.bounds import MAX_HEAD_BYTES, MAX_HEADERS, MAX_URL_BYTES
from api.errors import RETRY_AFTER_SECONDS
from api.schemas.problem import Problem

VERSIONS = ("1.0", "1.1")
# ": " and the end of the line.
BETWEEN = 4


class Refusal(NamedTuple):
    """An HTTP status, and what is wrong."""

    status: int
    detail: str

    def answer(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The whole answer, as the bytes of HTTP/1.1. It says that the connection is closed."""
        status = HTTPStatus(self.status)
        body = Problem(title=status.phrase, status=status, detail=self.detail).model_dump_json().encode()
        own = {
            b"content-type": b"application/problem+json",
            b"content-length": str(len(body)).encode(),
            b"x-content-type-options": b"nosniff",
            b"connection": b"close",
        }
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            own[b"retry-after"] = RETRY_AFTER_SECONDS.encode()
        lines = [f"HTTP/1.1 {status} {status.phrase}".encode()]
        lines += [name + b": " + value for name, value in [*headers, *own.items()]]
        return b"\r\n".join([*lines, b"", body])


TOO_LONG = Refusal(414, f"a URL may have at most {MAX_URL_BYTES:,} bytes; this one has more")
TOO_LARGE = Refusal(431, f"the headers may have at most {MAX_HEAD_BYTES:,} bytes; these have more")
TOO_MANY = Refusal(431, f"a request may have at most {MAX_HEADERS} headers; this one has more")
OTHER_VERSION = Refusal(505, f"the API speaks HTTP {' and '.join(VERSIONS)}")
# A proxy that is asked for http://elsewhere/ is another server than the Host header names.
NO_PATH = Refusal(400, "the target of a request is a path, such as /healthz")


def refusal_of_head(url: bytes, headers: list[tuple[bytes, bytes]], version: str) -> Refusal | None:
    """Why a request with this URL and these headers is not let in; None if it is."""
    if version not in VERSIONS:
        return OTHER_VERSION
    if not url.startswith(b"/"):
        return NO_PATH
    if len(url) > MAX_URL_BYTES:
        return TOO_LONG
    if len(headers) > MAX_HEADERS:
        return TOO_MANY
    if sum(len(name) + len(value) + BETWEEN for name, value in headers) > MAX_HEAD_BYTES:
        return TOO_LARGE
    return None
