"""Who works out answers: a few processes or, for tests and for debugging, the threads of the API."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from fastapi.concurrency import run_in_threadpool

from api.heavy.clerk import Clerk
from api.heavy.work import Answer, Refused, Reply, Work
from api.questions import Reading
from evenkeel.settings import Settings

log = logging.getLogger(__name__)


class Pool(Protocol):
    async def work_out(self, work: Work, begun: Callable[[], None]) -> Reply:
        """The reply to a question. `begun` is called when its turn has come."""

    async def warm(self) -> None:
        """Prepare for the first question."""

    def close(self) -> None:
        """Stop everything."""


class Processes:
    """A process answers one question at a time. The others wait for their turn."""

    def __init__(self, settings: Settings) -> None:
        self._clerks = [Clerk(settings) for _ in range(settings.answer_processes)]
        # The one that answered last comes first: it still knows the cells.
        self._free: asyncio.LifoQueue[Clerk] = asyncio.LifoQueue()
        for clerk in self._clerks:
            self._free.put_nowait(clerk)

    async def work_out(self, work: Work, begun: Callable[[], None]) -> Reply:
        clerk = await self._free.get()
        try:
            begun()
            return await clerk.work_out(work)
        finally:
            self._free.put_nowait(clerk)

    async def warm(self) -> None:
        clerk = await self._free.get()
        try:
            await asyncio.to_thread(clerk.start)
        except Exception:
            log.exception("no process for heavy answers could be started; the next question tries again")
        finally:
            self._free.put_nowait(clerk)

    def close(self) -> None:
        for clerk in self._clerks:
            clerk.close()


class Threads:
    """Answers in the threads of this process. Nothing can stop an answer that was begun."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def work_out(self, work: Work, begun: Callable[[], None]) -> Reply:
        begun()
        try:
            return Answer.of(await run_in_threadpool(work.answer, work.query, work.form, self._reading))
        except Exception as error:
            if (refused := Refused.of(error)) is None:
                raise
            return refused

    async def warm(self) -> None:
        pass

    def close(self) -> None:
        pass
