"""Answers questions that may take long: from what is kept, together with others who ask the same, or by new work."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.heavy.bounds import Turns, check_size, how_to_narrow
from api.heavy.clerk import ProcessEnded
from api.heavy.flights import Flight, Flights
from api.heavy.gone import ClientGone, while_there
from api.heavy.kept import Kept
from api.heavy.pool import Pool, Processes, Threads
from api.heavy.work import Answer, Fault, Refused, Reply, Work
from api.questions import Question, Reading
from evenkeel.analysis.query import QueryError
from evenkeel.grids.tasks import generation
from evenkeel.lab.experiments import find_experiment
from evenkeel.store.tallies import Gist, both

log = logging.getLogger(__name__)

RETRY_AFTER = {"Retry-After": "10"}
# Nobody gets this. The log shows it.
CLIENT_GONE = 499
# Parts of pages for which the users of one key may wait at once.
MOST_PIECES = 16

# Waits for a reply that is on its way.
Flown = Callable[[], Coroutine[Any, Any, Reply]]


class Heavy:
    """The heavy answers of an app. It belongs to the app's event loop."""

    def __init__(self, reading: Reading) -> None:
        self.reading, self.settings = reading, reading.lab.settings
        self.pool: Pool = Processes(self.settings) if self.settings.answer_processes else Threads(reading)
        self._flights = Flights[Reply]()
        self._kept = Kept(self.settings.kept_answers_mb * 1_000_000)
        self._turns = Turns(self.settings.max_answers_per_key)
        self._pieces = Turns(MOST_PIECES)
        # Nothing else keeps these tasks from being collected.
        self._ahead = set[asyncio.Task[Reply]]()

    async def answer(self, request: Request, key_id: str, work: Work) -> Response:
        """The answer to a question.

        Raises:
            QueryError: The query is wrong, is about too much, or cannot be answered.
            NoSuchExperiment: Its experiment does not exist.
            HTTPException: The key waits for enough answers already (429), or the answer took too long (503).
        """
        return await self._answer(request, key_id, work, self._turns)

    async def piece(self, request: Request, key_id: str, work: Work) -> Response:
        """`answer` for a part of a page. A page has several of them, so a key may wait for more at once."""
        return await self._answer(request, key_id, work, self._pieces)

    async def kept(self, work: Work, late_seconds: float = 0.0) -> Response | None:
        """The answer if it is kept. Nothing is worked out. It raises what `answer` does.

        Args:
            late_seconds: How old an answer may be that is out of date.
        """
        if work.question not in self._kept:
            return None
        if late_seconds and (reply := self._kept.late(work.question, late_seconds)) is not None:
            return _response(reply)
        found = await self._find(work)
        return None if callable(found) else _response(found)

    async def soon(self, key_id: str, work: Work, seconds: float) -> Response | None:
        """The answer to a part of a page if it comes within so many seconds. Otherwise the work goes on, so that it is
        there for whoever asks next. It raises what `answer` does."""
        found = await self._find(work)
        if not callable(found):
            return _response(found)
        task = asyncio.create_task(self._in_turn(key_id, found))
        self._ahead.add(task)
        task.add_done_callback(self._let_go)
        await asyncio.wait({task}, timeout=seconds)
        return _response(task.result()) if task.done() else None

    async def _answer(self, request: Request, key_id: str, work: Work, turns: Turns) -> Response:
        found = await self._find(work)
        if callable(found):
            with turns.one(key_id):
                try:
                    found = await while_there(request, found())
                except ClientGone:
                    return Response(status_code=CLIENT_GONE)
        return _response(found)

    async def _find(self, work: Work) -> Reply | Flown:
        """What is kept, or else a call that waits for the answer."""
        asked, gist, stamp = await run_in_threadpool(self._look, work)
        check_size(gist, asked, work, self.settings)
        if (reply := self._kept.get(work.question, stamp)) is not None:
            return reply
        deadline = asyncio.get_running_loop().time() + self.settings.answer_seconds
        fly = partial(self._fly, asked, work, gist, deadline)
        return partial(self._flights.join, work.question, stamp, fly)

    async def _in_turn(self, key_id: str, wait: Flown) -> Reply:
        with self._pieces.one(key_id):
            return await wait()

    def _let_go(self, task: asyncio.Task[Reply]) -> None:
        self._ahead.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.debug("a part of a page could not be worked out ahead", exc_info=task.exception())

    def _look(self, work: Work) -> tuple[Question, Gist, Any]:
        """What a question is about, how much that is, and a stamp that changes when its answer may change."""
        lab, known = self.reading.lab, generation()
        asked = work.about(work.query, self.reading)
        if asked.experiment is not None:
            found = [find_experiment(lab, asked.experiment)]
        else:
            found = lab.store.experiments.all()
        gist = self._gist(asked, asked.experiment)
        if asked.beside is not None:
            find_experiment(lab, asked.beside)
            gist = both(gist, self._gist(asked, asked.beside))
        # A rule that stops changes what is claimed of the cells, although it changes no run.
        rules = [(one.id, one.rule, one.rule_going) for one in found if one.rule is not None]
        # What was announced may change what a task declares, and which cells can be read.
        return asked, gist, (known, asked.task.name, gist.stamp, hash(repr(rules)))

    def _gist(self, asked: Question, experiment: str | None) -> Gist:
        tallies = self.reading.lab.store.tallies
        return tallies.gist(experiment, asked.filters, asked.task if asked.filters else None)

    async def _fly(self, asked: Question, work: Work, gist: Gist, deadline: float, flight: Flight[Reply]) -> Reply:
        """Work out the answer, and keep it. After the deadline the work is stopped."""
        seconds = self.settings.answer_seconds
        about = f"it is about {gist.cells:,} cells and {gist.runs:,} runs; {how_to_narrow(asked, work)}"
        try:
            async with asyncio.timeout_at(deadline):
                reply = await self.pool.work_out(work, flight.begin)
        except TimeoutError as error:
            if not flight.begun:
                text = f"other answers were worked out for {seconds:g} s, so this one was not begun; ask again"
                raise HTTPException(503, text, RETRY_AFTER) from error
            text = f"the answer took longer than {seconds:g} s (EVENKEEL_ANSWER_SECONDS) and was stopped; {about}"
            raise HTTPException(503, text, RETRY_AFTER) from error
        except ProcessEnded as error:
            log.error("a process ended while it worked on %s", work.question, exc_info=error)
            text = f"the process that worked on the answer has ended, perhaps because memory ran out; {about}"
            raise HTTPException(503, text, RETRY_AFTER) from error
        if isinstance(reply, Answer) or (isinstance(reply, Refused) and reply.kind is QueryError):
            self._kept.put(work.question, flight.stamp, reply)
        return reply


def _response(reply: Reply) -> Response:
    match reply:
        case Answer():
            return reply.response()
        case Refused():
            raise reply.error()
        case Fault():
            raise RuntimeError(f"in a process of the pool:\n{reply.traceback}")
