"""An answer is worked out once for all who wait for it, and only as long as somebody waits."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from api.heavy.flights import Flight, Flights


class Worker:
    """Works out one answer after the other: its number. Each waits until it is `allowed`."""

    def __init__(self) -> None:
        self.begun, self.stopped, self.stamps = 0, 0, list[str]()
        self.allowed, self.turn = asyncio.Event(), asyncio.Event()
        self.turn.set()

    async def fly(self, flight: Flight[int]) -> int:
        await self.turn.wait()
        flight.begin()
        self.begun += 1
        number = self.begun
        self.stamps.append(flight.stamp)
        try:
            await self.allowed.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return number


Scene = Callable[[Flights[int], Worker], Awaitable[None]]


def play(scene: Scene) -> None:
    async def all_of_it() -> None:
        await asyncio.wait_for(scene(Flights[int](), Worker()), 30)

    asyncio.run(all_of_it())


def ask(flights: Flights[int], worker: Worker, stamp: str = "a", question: str = "q") -> "asyncio.Task[int]":
    return asyncio.create_task(flights.join(question, stamp, worker.fly))


async def rest() -> None:
    """Let all tasks go on as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_ten_who_ask_the_same_cause_one_work() -> None:
    async def scene(flights: Flights[int], worker: Worker) -> None:
        callers = [ask(flights, worker) for _ in range(10)]
        await rest()
        worker.allowed.set()
        assert await asyncio.gather(*callers) == [1] * 10

    play(scene)


def test_other_questions_are_other_work() -> None:
    async def scene(flights: Flights[int], worker: Worker) -> None:
        callers = [ask(flights, worker, question=question) for question in "qr"]
        worker.allowed.set()
        assert sorted(await asyncio.gather(*callers)) == [1, 2]

    play(scene)


def test_who_asks_after_a_change_gets_an_answer_that_was_begun_after_it() -> None:
    async def scene(flights: Flights[int], worker: Worker) -> None:
        before = ask(flights, worker, "a")
        await rest()
        after = [ask(flights, worker, stamp) for stamp in "bcc"]
        await rest()
        # Of one question, one answer is worked on at a time.
        assert worker.begun == 1
        worker.allowed.set()
        assert await before == 1
        assert await asyncio.gather(*after) == [2] * 3
        assert worker.stamps == ["a", "c"]

    play(scene)


def test_work_that_has_not_begun_is_joined_after_a_change() -> None:
    async def scene(flights: Flights[int], worker: Worker) -> None:
        worker.turn.clear()
        callers = [ask(flights, worker, stamp) for stamp in "ab"]
        await rest()
        worker.turn.set()
        worker.allowed.set()
        assert await asyncio.gather(*callers) == [1, 1]
        assert worker.stamps == ["b"]

    play(scene)


def test_work_goes_on_while_one_caller_is_left_and_stops_with_the_last() -> None:
    async def scene(flights: Flights[int], worker: Worker) -> None:
        callers = [ask(flights, worker) for _ in range(3)]
        await rest()
        for caller, stopped in zip(callers, (0, 0, 1), strict=True):
            caller.cancel()
            await rest()
            assert worker.stopped == stopped
        # Nobody joins what was stopped.
        again = ask(flights, worker)
        worker.allowed.set()
        assert await again == 2

    play(scene)


def test_a_fault_reaches_all_who_wait_and_is_not_the_answer_of_the_next() -> None:
    async def scene(flights: Flights[int], worker: Worker) -> None:
        async def fail(flight: Flight[int]) -> int:
            flight.begin()
            await worker.allowed.wait()
            raise ValueError("a bug")

        callers = [asyncio.create_task(flights.join("q", "a", fail)) for _ in range(3)]
        await rest()
        worker.allowed.set()
        assert [type(one) for one in await asyncio.gather(*callers, return_exceptions=True)] == [ValueError] * 3
        assert await ask(flights, worker) == 1
        with pytest.raises(ValueError, match="a bug"):
            await flights.join("q", "a", fail)

    play(scene)
