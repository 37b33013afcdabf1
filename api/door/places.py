"""Who may stay when more connections come than there are places.

An idle connection costs little, and may stay as long as nobody needs its place. If all places are taken, a new
connection gets the place of one that waits for its own client: because it is idle, because only half of a request has
come, or because the client takes no more of its answer. So does a page that listens for changes: it asks again. The one
that has waited longest goes, from the address with the most connections. So whoever holds many connections open takes
places from himself. If every connection waits for the API, the new one is refused.
"""

from collections import Counter
from functools import cache
from typing import Protocol

from uvicorn.server import ServerState

from evenkeel.settings import get_settings


class Connection(Protocol):
    def give_way(self) -> None:
        """Close at once."""


class Places:
    """The connections of one process.

    Args:
        most: The number of places.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._addresses: dict[Connection, str] = {}
        self._held: Counter[str] = Counter()
        # In the order in which they began to wait.
        self._waiting: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._addresses)

    def enter(self, connection: Connection, address: str) -> bool:
        """Give the connection a place. Returns whether there was one."""
        if len(self) >= self.most:
            loser = self._loser()
            if loser is None:
                return False
            self.leave(loser)
            loser.give_way()
        self._addresses[connection] = address
        self._held[address] += 1
        return True

    def leave(self, connection: Connection) -> None:
        """The connection is closed. A connection without a place may leave too."""
        address = self._addresses.pop(connection, None)
        if address is None:
            return
        self._waiting.pop(connection, None)
        self._held[address] -= 1
        if not self._held[address]:
            del self._held[address]

    def note(self, connection: Connection, waits: bool) -> None:
        """The connection waits for its client from now on, or no more."""
        if not waits:
            self._waiting.pop(connection, None)
        elif connection in self._addresses:
            self._waiting.setdefault(connection)

    def _loser(self) -> Connection | None:
        busiest = max(self._held, key=self._held.__getitem__)
        of_busiest = (each for each in self._waiting if self._addresses[each] == busiest)
        return next(of_busiest, next(iter(self._waiting), None))


@cache
def places_of(server: ServerState) -> Places:
    """The places of the server that runs in this process."""
    return Places(get_settings().max_connections)
