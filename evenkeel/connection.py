"""Two ways to talk to the API: one waits for each answer, the other awaits it. Every problem is one of our errors."""

from __future__ import annotations

import time
from contextlib import closing
from types import TracebackType
from typing import Any, Self, TypeVar

from evenkeel.address import Address, check_name
from evenkeel.download import save, save_async
from evenkeel.talk import ApiError, EvenkeelError, Pause, Request, Step, Talk, Unreachable

__all__ = ["ApiError", "AsyncConnection", "Connection", "EvenkeelError", "Unreachable", "check_name"]

T = TypeVar("T")


class Connection(Address):
    """Talks to the API, and waits for each answer. It is a context manager."""

    def _open(self, **options: Any) -> None:
        import httpx

        self._http = httpx.Client(**options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def _run(self, talk: Talk[T]) -> T:
        __tracebackhide__ = True  # for IPython: the caller's own line is the one that matters
        with closing(talk):
            try:
                step = next(talk)
                while True:
                    try:
                        got = self._do(step)
                    except Exception as error:
                        step = talk.throw(error)
                    else:
                        step = talk.send(got)
            except StopIteration as end:
                result: T = end.value
                return result

    def _do(self, step: Step) -> Any:
        if isinstance(step, Pause):
            return time.sleep(step.seconds)
        with self.reaching():
            if isinstance(step, Request):
                return self.listen(self._http.request(step.method, step.path, **step.options))
            with self._http.stream("GET", step.path, timeout=step.timeout_seconds) as answer:
                if answer.is_success:
                    return save(answer, step.to, step.progress)
                answer.read()
                return answer


def another(address: Address) -> Connection:
    """A connection of its own to the same API, as the same caller. It tells nobody about cells that are left out."""
    return Connection(address.url, address._key, on_left_out=lambda says: None)


class AsyncConnection(Address):
    """Talks to the API, and awaits each answer. It is an asynchronous context manager."""

    def _open(self, **options: Any) -> None:
        import httpx

        self._http = httpx.AsyncClient(**options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def _run(self, talk: Talk[T]) -> T:
        __tracebackhide__ = True
        with closing(talk):
            try:
                step = next(talk)
                while True:
                    try:
                        got = await self._do(step)
                    except Exception as error:
                        step = talk.throw(error)
                    else:
                        step = talk.send(got)
            except StopIteration as end:
                result: T = end.value
                return result

    async def _do(self, step: Step) -> Any:
        import asyncio

        if isinstance(step, Pause):
            return await asyncio.sleep(step.seconds)
        with self.reaching():
            if isinstance(step, Request):
                return self.listen(await self._http.request(step.method, step.path, **step.options))
            async with self._http.stream("GET", step.path, timeout=step.timeout_seconds) as answer:
                if answer.is_success:
                    return await save_async(answer, step.to, step.progress)
                await answer.aread()
                return answer
