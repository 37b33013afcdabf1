"""How the calls of the API are described: each once, for the client that waits and for the one that is awaited."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Generic, ParamSpec, TypeVar, overload
from urllib.parse import quote

from evenkeel.address import Address, check_name
from evenkeel.connection import AsyncConnection, Connection
from evenkeel.notebook.answer import Answer, Rows
from evenkeel.notebook.answers import AsyncPosted, Posted, PostedFields
from evenkeel.talk import EvenkeelError, Request, Talk, ask, ask_json

if TYPE_CHECKING:
    import httpx

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class call(Generic[P, T]):  # noqa: N801
    """A call of the API, described once as a talk. `Client` returns its result, and `AsyncClient` an awaitable of it.

    class Calls:
        @call
        def workers(self) -> Talk[Rows[Worker]]: ...
    """

    def __init__(self, describe: Callable[Concatenate[Any, P], Talk[T]]) -> None:
        @wraps(describe)
        def send(client: Any, *args: P.args, **options: P.kwargs) -> Any:
            __tracebackhide__ = True
            return client._run(describe(client, *args, **options))

        # Help shows what the caller gets.
        returned = str(describe.__annotations__["return"])
        describe.__annotations__["return"] = returned.removeprefix("Talk[").removesuffix("]")
        self._send = send

    @overload
    def __get__(self, client: Connection, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self: call[P, Posted], client: AsyncConnection, owner: type) -> Callable[P, Awaitable[AsyncPosted]]: ...
    @overload
    def __get__(self, client: AsyncConnection, owner: type) -> Callable[P, Awaitable[T]]: ...
    @overload
    def __get__(self, client: None, owner: type) -> Callable[..., Any]: ...
    def __get__(self, client: Any, owner: type) -> Any:
        return self._send if client is None else MethodType(self._send, client)


class Calling(Address):
    """What the calls have in common.

    Attributes:
        posted: The answer to a post, whose `wait` returns what the client returns.
    """

    posted: ClassVar[type[PostedFields]]

    def _ask(self, method: str, path: str, **options: Any) -> Talk[httpx.Response]:
        return ask(self.url, Request(method, path, options))

    def _one(self, method: str, path: str, kind: type[A], **options: Any) -> Talk[A]:
        """An answer that is a JSON object."""
        body: dict[str, Any] = yield from ask_json(self.url, Request(method, path, options), dict)
        return kind(body, self, options.get("params"))

    def _rows(self, path: str, kind: type[A], **options: Any) -> Talk[Rows[A]]:
        """An answer that is a list of JSON objects."""
        body: list[Any] = yield from ask_json(self.url, Request("GET", path, options), list)
        return Rows(kind(each, self) for each in body)

    def _post_grid(self, grid: Mapping[str, Any], kind: type[A], dry_run: bool, idempotency_key: str | None) -> Talk[A]:
        headers = {"Content-Type": "application/json"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        options: dict[str, Any] = {"content": to_json(grid), "params": {"dry_run": dry_run}, "headers": headers}
        return self._one("POST", "/experiments", kind, **options)


def to_json(grid: Mapping[str, Any]) -> bytes:
    """The grid as JSON. NumPy's numbers and arrays, ranges and tuples become numbers and lists.

    Raises:
        EvenkeelError: It holds something that JSON cannot hold, such as NaN.
        UnicodeEncodeError: A word in it is not UTF-8 text.
    """
    try:
        text = json.dumps(grid, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise EvenkeelError(f"the grid cannot be sent as JSON: {error}") from error
    return text.encode()


def to_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """The query, in which NumPy's numbers and arrays, ranges and sets are numbers and lists."""
    return {name: _plain(value) if _is_strange(value) else value for name, value in query.items()}


def run_path(run_id: str, what: str = "") -> str:
    return f"/runs/{quote(run_id, safe='')}" + (f"/{what}" if what else "")


def path_of(experiment: str, what: str = "") -> str:
    """The path of an experiment. Its name is quoted, so that it is a single part of the path."""
    check_name(experiment)
    return f"/experiments/{quote(experiment, safe='')}" + (f"/{what}" if what else "")


def _is_strange(value: Any) -> bool:
    return hasattr(value, "tolist") or isinstance(value, range | set | frozenset)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, range | set | frozenset):
        return sorted(value)
    raise TypeError(f"{value!r:.100} is not a level")
