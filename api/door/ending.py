"""How a connection ends: it lets the client read what it was told, and waits for nobody for ever."""

import asyncio
import logging
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.door import bounds
from api.door.refusal import Refusal

log = logging.getLogger("api.door")


class EndingProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with an end for a client that takes none of its answer, and for one that is refused."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # Whether the client takes nothing at the moment; whether we listen to it no more; whether it is let go.
        self.stalled = self.deaf = self._is_let_go = False
        self._ignored = 0
        self._end: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._end_in(bounds.STALLED_SECONDS)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._end_in(bounds.STALLED_SECONDS)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stalled = True
        self._end_in(bounds.STALLED_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.stalled = False
        if self._end is not None and not (self._is_let_go or self.transport.is_closing()):
            self._end.cancel()

    def give_way(self) -> None:
        """Close at once."""
        self.transport.abort()

    def end_after(self, running: RequestResponseCycle) -> None:
        """End the connection with the answer that goes on."""
        running.keep_alive, self.deaf = False, True
        self.pipeline.clear()
        self.flow.pause_reading()

    def say(self, refusal: Refusal) -> None:
        log.info("refused %s: %d %s", self.client[0] if self.client else "", *refusal)
        self.transport.write(refusal.answer(self.server_state.default_headers))

    def let_go(self) -> None:
        """End the connection. What the client still sends is read for a while, or it could not read what it was
        told."""
        self._unset_keepalive_if_required()
        self.deaf = self._is_let_go = True
        self.transport.write_eof()
        self.flow.resume_reading()
        self._end_in(bounds.LINGER_SECONDS)

    def ignore(self, piece: bytes) -> None:
        self._ignored += len(piece)
        if self._ignored > bounds.LINGER_BYTES:
            self.transport.abort()

    def _end_in(self, seconds: float) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = self.loop.call_later(seconds, self.transport.abort)
