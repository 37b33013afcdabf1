"""Where the API is, and how it is asked: its address and key."""

from __future__ import annotations

import os
import re
import sys
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from evenkeel.talk import EvenkeelError, Unreachable

if TYPE_CHECKING:
    import httpx

DEFAULT_URL = "http://127.0.0.1:8000"
# Longer than the API works on an answer: it then says why there is none.
TIMEOUT_SECONDS = 45.0
# An answer that leaves cells out has this header. It says which cells, why, and what to do about it.
LEFT_OUT = "Evenkeel-Left-Out"


class Address(ABC):
    """Where the API is, and how it is asked.

    Args:
        url: The address of the API. By default it is EVENKEEL_URL, or else port 8000 of this machine.
        api_key: The API key, if the lab has keys. By default it is EVENKEEL_API_KEY.
        timeout_seconds: How long to wait for an answer.
        on_left_out: Called with a text if an answer leaves cells out because the API cannot read them. The text says
            which cells, and why. By default it becomes a warning.

    Raises:
        EvenkeelError: If the address or the key has a wrong form.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        on_left_out: Callable[[str], None] = warnings.warn,
    ) -> None:
        _load_httpx()
        from urllib.request import getproxies

        self._on_left_out = on_left_out
        self.url = _checked_url(url or os.environ.get("EVENKEEL_URL") or DEFAULT_URL)
        self._key = api_key or os.environ.get("EVENKEEL_API_KEY")
        if self._key and not re.fullmatch(r"[!-~]+", self._key):
            raise EvenkeelError("the API key (EVENKEEL_API_KEY) has a character that keys never have")
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        # Reading the certificates takes 0.1 s. Plain HTTP does not need them, unless it goes through a proxy.
        verify = self.url.startswith("https:") or bool(getproxies().keys() - {"no"})
        try:
            self._open(base_url=self.url, timeout=timeout_seconds, headers=headers, verify=verify)
        except ValueError as error:
            raise EvenkeelError(f"the environment names a proxy that cannot be used: {error}") from error

    @abstractmethod
    def _open(self, **options: Any) -> None:
        """Make the client of httpx."""

    def listen(self, answer: httpx.Response) -> httpx.Response:
        """The answer. If it says that it leaves cells out, that is told."""
        if says := answer.headers.get(LEFT_OUT):
            self._on_left_out(says.encode().decode("unicode_escape"))
        return answer

    @contextmanager
    def reaching(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except httpx.HTTPError as error:
            raise Unreachable(f"no answer from {self.url} ({error}). Is it running? Start it: evenkeel up") from error


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
