"""A connection to the API: its address and key, and an exception for every problem."""

from __future__ import annotations

import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

DEFAULT_URL = "http://127.0.0.1:8000"
# Longer than the API works on an answer: it then says why there is none.
TIMEOUT_SECONDS = 45.0
# So often a question is asked that comes while the key waits for as many answers as it may.
TRIES = 10
LONGEST_PAUSE_SECONDS = 5.0
# An answer that leaves cells out has this header. It says which cells, why, and what to do about it.
LEFT_OUT = "Evenkeel-Left-Out"


class EvenkeelError(Exception):
    """A call did not succeed. This is the base of all exceptions of the client."""


class Unreachable(EvenkeelError):
    """No API answers at the address."""


class ApiError(EvenkeelError):
    """The API refused the request.

    Attributes:
        status: The HTTP status.
        errors: For 422, the fields that are wrong, each with a message.
    """

    def __init__(self, status: int, detail: str, errors: list[dict[str, str]]) -> None:
        super().__init__(detail)
        self.status, self.errors = status, errors


class Connection:
    """Sends requests and reads the answers. `Client` adds a method for each request, and describes the arguments."""

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        on_left_out: Callable[[str], None] = warnings.warn,
    ) -> None:
        _load_httpx()
        from urllib.request import getproxies

        import httpx

        self._on_left_out = on_left_out
        self.url = _checked_url(url or os.environ.get("EVENKEEL_URL") or DEFAULT_URL)
        key = api_key or os.environ.get("EVENKEEL_API_KEY")
        if key and not re.fullmatch(r"[!-~]+", key):
            raise EvenkeelError("the API key (EVENKEEL_API_KEY) has a character that keys never have")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # Reading the certificates takes 0.1 s. Plain HTTP does not need them, unless it goes through a proxy.
        verify = self.url.startswith("https:") or bool(getproxies().keys() - {"no"})
        try:
            self._http = httpx.Client(base_url=self.url, timeout=timeout_seconds, headers=headers, verify=verify)
        except ValueError as error:
            raise EvenkeelError(f"the environment names a proxy that cannot be used: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        body = self._read(method, path, **options)
        if not isinstance(body, dict):
            raise self._stranger(method, path)
        return body

    def _list(self, path: str) -> list[dict[str, Any]]:
        body = self._read("GET", path)
        if not isinstance(body, list):
            raise self._stranger("GET", path)
        return body

    def _read(self, method: str, path: str, **options: Any) -> Any:
        # A summary of 1,000 runs has megabytes. The json module takes three times as long to read them.
        from pydantic_core import from_json

        content = self._request(method, path, **options).content
        try:
            return from_json(content)
        except ValueError:
            raise self._stranger(method, path) from None

    def _stranger(self, method: str, path: str) -> EvenkeelError:
        return EvenkeelError(
            f"{self.url} answers, but not as Evenkeel's API does ({method} {path}). Is the address right?"
        )

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        with self._reaching():
            answer = self._http.request(method, path, **options)
            tries = 1
            while answer.status_code == 429 and method == "GET" and tries < TRIES:
                wanted = answer.headers.get("Retry-After", "")
                time.sleep(min(float(wanted), LONGEST_PAUSE_SECONDS) if wanted.isdecimal() else 1.0)
                answer, tries = self._http.request(method, path, **options), tries + 1
        if not answer.is_success:
            raise self._refusal(answer, method, path)
        if says := answer.headers.get(LEFT_OUT):
            self._on_left_out(says.encode().decode("unicode_escape"))
        return answer

    @contextmanager
    def _stream(self, path: str, timeout_seconds: float) -> Iterator[httpx.Response]:
        """The answer to a GET request. Its body has not been read yet."""
        with self._reaching(), self._http.stream("GET", path, timeout=timeout_seconds) as answer:
            if not answer.is_success:
                answer.read()
                raise self._refusal(answer, "GET", path)
            yield answer

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except httpx.HTTPError as error:
            raise Unreachable(f"no answer from {self.url} ({error}). Is it running? Start it: evenkeel up") from error

    def _refusal(self, answer: httpx.Response, method: str, path: str) -> ApiError:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            body = {}
        said = (
            body.get("detail") or f"{self.url} answered {answer.status_code} {answer.reason_phrase} to {method} {path}"
        )
        return ApiError(answer.status_code, said, body.get("errors") or [])


def _load_httpx() -> None:
    """Import httpx when the first client is made: --help and `import evenkeel` do not need it.

    If click and rich are installed, httpx also imports its own command line, which takes a third of the time. We make
    that import fail, and httpx then goes on without its command line.
    """
    if "httpx" in sys.modules:
        return
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
    try:
        import httpx  # noqa: F401
    finally:
        del sys.modules["httpx._main"]


def check_name(experiment: str) -> None:
    """Raises EvenkeelError if an experiment cannot have this name."""
    from evenkeel.plugins import NAME_PATTERN

    if not re.fullmatch(NAME_PATTERN, experiment):
        raise EvenkeelError(
            f"experiment {experiment!r:.80}: a name has 1 to 64 letters, digits, '.', '_' and '-', "
            "and starts with a letter or a digit"
        )


def _checked_url(url: str) -> str:
    """The address without a slash at its end. Raises EvenkeelError if it is not an HTTP address."""
    try:
        parts = urlsplit(url)
        good = (
            parts.scheme in ("http", "https")
            and parts.hostname
            and parts.port != 0
            and not (parts.query or parts.fragment)
        )
    except ValueError:
        good = False
    if not good or not re.fullmatch(r"\S+", url):
        raise EvenkeelError(f"{url!r:.200} is not the address of an API; write it like {DEFAULT_URL}")
    return url.rstrip("/")
