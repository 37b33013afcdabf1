"""Works out an answer once for all who wait for it, and only as long as somebody waits."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Flight(Generic[T]):
    """One answer on its way.

    Attributes:
        stamp: What the answer is about, as it was when the last caller joined before the work began.
        begun: Whether the work has begun. It may have read what has changed since.
        waiting: The number of callers that wait.
    """

    task: asyncio.Task[T]

    def __init__(self, stamp: Any) -> None:
        self.stamp, self.begun, self.waiting = stamp, False, 0

    def begin(self) -> None:
        self.begun = True


class Flights(Generic[T]):
    """The answers on their way. Of a question there are two at most: one that is worked on, and the one after that, for
    callers who came after something had changed."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, list[Flight[T]]] = {}

    async def join(self, question: Hashable, stamp: Any, fly: Callable[[Flight[T]], Awaitable[T]]) -> T:
        """The answer to a question, about what `stamp` tells of or something newer.

        Args:
            fly: Works out the answer. It is cancelled when the last caller has been cancelled.
        """
        flight = self._fitting(question, stamp) or self._begin(question, stamp, fly)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._forget(question, flight)
                flight.task.cancel()

    def _fitting(self, question: Hashable, stamp: Any) -> Flight[T] | None:
        for flight in self._flights.get(question, []):
            if not flight.begun:
                flight.stamp = stamp
            if flight.stamp == stamp:
                return flight
        return None

    def _begin(self, question: Hashable, stamp: Any, fly: Callable[[Flight[T]], Awaitable[T]]) -> Flight[T]:
        flight = Flight[T](stamp)
        before = [earlier.task for earlier in self._flights.get(question, [])]

        async def in_turn() -> T:
            if before:
                await asyncio.wait(before)
            return await fly(flight)

        flight.task = asyncio.create_task(in_turn())
        flight.task.add_done_callback(lambda task: self._forget(question, flight))
        self._flights.setdefault(question, []).append(flight)
        return flight

    def _forget(self, question: Hashable, flight: Flight[T]) -> None:
        flights = self._flights.get(question, [])
        if flight in flights:
            flights.remove(flight)
        if not flights:
            self._flights.pop(question, None)
