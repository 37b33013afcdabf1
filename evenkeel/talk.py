"""What one call says to the API, whoever says it: a client that waits for each answer, or one that awaits it.

A call is a generator. It yields what is to be done next, gets back what came of it, and returns the result. So all that
a call does is written once, and a client only has to know how to do a step.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    import httpx

    from evenkeel.download import Progress

T = TypeVar("T")

# So often a question is asked that comes while the key waits for as many answers as it may.
TRIES = 10
LONGEST_PAUSE_SECONDS = 5.0
# What the API answers while its store is away, and a proxy while the API is.
AWAY = (502, 503, 504)


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


@dataclass(frozen=True)
class Request:
    """A request that gets a whole answer, an `httpx.Response`. `options` are httpx's: params, headers, content."""

    method: str
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Download:
    """A request whose answer becomes a file. It gets the file's path; the `httpx.Response` if the API refuses."""

    path: str
    to: Path
    progress: Progress
    timeout_seconds: float


@dataclass(frozen=True)
class Pause:
    """Do nothing for a while."""

    seconds: float


Step: TypeAlias = Request | Download | Pause
Talk: TypeAlias = Generator[Step, Any, T]


def ask(url: str, request: Request) -> Talk[httpx.Response]:
    """Ask, and ask again after the pause that the API names if it has too much to do.

    Args:
        url: The address of the API, for the messages.

    Raises:
        ApiError: The API refuses.
    """
    answer: httpx.Response = yield request
    tries = 1
    # A post that is refused stays refused: the quota passes only when runs end.
    while answer.status_code == 429 and request.method == "GET" and tries < TRIES:
        wanted = answer.headers.get("Retry-After", "")
        yield Pause(min(float(wanted), LONGEST_PAUSE_SECONDS) if wanted.isdecimal() else 1.0)
        answer, tries = (yield request), tries + 1
    if not answer.is_success:
        raise refusal(answer, url, request.method, request.path)
    return answer


def ask_json(url: str, request: Request, kind: type[T]) -> Talk[T]:
    """Ask for JSON of a kind: dict or list.

    Raises:
        ApiError: The API refuses.
        EvenkeelError: The answer is something else, so it is not Evenkeel's API that answers.
    """
    # A summary of 1,000 runs has megabytes. The json module takes three times as long to read them.
    from pydantic_core import from_json

    answer = yield from ask(url, request)
    try:
        body = from_json(answer.content)
    except ValueError:
        body = None
    if not isinstance(body, kind):
        raise EvenkeelError(
            f"{url} answers, but not as Evenkeel's API does ({request.method} {request.path}). Is the address right?"
        )
    return body


def refusal(answer: httpx.Response, url: str, method: str, path: str) -> ApiError:
    """The error that says what the API said."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {}
    said = body.get("detail") or f"{url} answered {answer.status_code} {answer.reason_phrase} to {method} {path}"
    return ApiError(answer.status_code, said, body.get("errors") or [])


def insist(
    talk: Callable[[], Talk[T]], seconds: float, every: float, on_wait: Callable[[float], None] = lambda waited: None
) -> Talk[T]:
    """Ask again while the API does not answer, for so many seconds. It, or its store, may be restarting.

    Args:
        on_wait: Called before each pause with the seconds that were waited so far.
    """
    waited = 0.0
    while True:
        try:
            return (yield from talk())
        except (Unreachable, ApiError) as error:
            if waited >= seconds or (isinstance(error, ApiError) and error.status not in AWAY):
                raise
            on_wait(waited)
            waited += every
            yield Pause(every)
