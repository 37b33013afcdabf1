"""One process that answers one question at a time, and that is stopped when nobody waits for the answer any more."""

import asyncio
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

from pebble import ProcessExpired, ProcessPool

from api.heavy.beginning import CONTEXT
from api.heavy.process import begin, work_out
from api.heavy.work import Reply, Work
from evenkeel.settings import Settings


class ProcessEnded(Exception):
    """The process that worked on an answer has ended without one. Perhaps it ran out of memory."""


class Clerk:
    """A process that is started when it is first needed, and again after it has ended."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._pool: ProcessPool | None = None

    async def work_out(self, work: Work) -> Reply:
        """The reply to a question. If the caller is cancelled, the process is stopped. Raises ProcessEnded."""
        for last_try in (False, True):
            beginning = asyncio.ensure_future(asyncio.to_thread(self._schedule, work))
            try:
                return await asyncio.wrap_future(await asyncio.shield(beginning))
            except asyncio.CancelledError:
                await beginning
                self._dismiss()
                raise
            except BrokenProcessPool as error:
                # The process ended before it took the question.
                self._dismiss()
                if last_try:
                    raise ProcessEnded from error
            except ProcessExpired as error:
                raise ProcessEnded from error
        raise AssertionError("not reached")

    def close(self) -> None:
        """Stop the process, and wait for its end."""
        if (pool := self._pool) is not None:
            self._pool = None
            _stop(pool)

    def start(self) -> ProcessPool:
        """Ensure that there is a process. The first one takes seconds, because it loads the code."""
        if self._pool is not None and not self._pool.active:
            self.close()
        if self._pool is None:
            self._pool = ProcessPool(1, initializer=begin, initargs=(self.settings,), context=CONTEXT)
        assert self._pool.active
        return self._pool

    def _schedule(self, work: Work) -> "Future[Reply]":
        return self.start().schedule(work_out, (work,))

    def _dismiss(self) -> None:
        """Stop the process in the background. The next question gets a new one."""
        if (pool := self._pool) is not None:
            self._pool = None
            asyncio.get_running_loop().run_in_executor(None, _stop, pool)


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
