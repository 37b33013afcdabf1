"""Reads requests from a connection, and lets in only what is small enough, quick enough, and HTTP.

uvicorn parses whatever comes, for as long as it comes. This protocol counts the bytes and the seconds between the
steps of the parser, for one request after the other.
"""

import asyncio
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from api.door import bounds
from api.door.ending import EndingProtocol
from api.door.places import places_of
from api.door.refusal import TOO_LARGE, Refusal, refusal_of_head
from api.pages.paths import LIVE
from evenkeel.settings import get_settings

FULL = Refusal(503, "the API has as many connections as it can hold; come again later")
BODY_TOO_LARGE = Refusal(413, f"a body may have at most {bounds.MAX_BODY_BYTES:,} bytes; this one has more")
PIPELINED = Refusal(400, f"at most {bounds.MAX_PIPELINED} requests may wait for the answer to another")


class Part(Enum):
    """What a connection sends at the moment."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class DoorProtocol(EndingProtocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.places, self.request_seconds = places_of(server_state), get_settings().request_seconds
        self.part, self.num_bytes = Part.NOTHING, 0
        # The request that is being answered. `cycle` is the newest one, which may wait behind it.
        self.running: RequestResponseCycle | None = None
        self.refusal: Refusal | None = None
        self.deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self.places.enter(self, self.client[0] if self.client else ""):
            self.say(FULL)
            return transport.close()
        self.timeout_keep_alive_task = self.loop.call_later(self.request_seconds, self.timeout_keep_alive_handler)
        self._settle()

    def shutdown(self) -> None:
        """The server stops. Nobody waits for the end of an answer that has none."""
        super().shutdown()
        if self._listens():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.places.leave(self)
        self._stop_waiting()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        # uvicorn tells only the newest request. The one before it would write to a connection that is gone.
        if self.running is not None and not self.running.response_complete:
            self.running.disconnected = True
            self.running.message_event.set()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        for piece in _pieces(data):
            self.ignore(piece) if self.deaf else self._parse(piece)
        self._settle()

    def _parse(self, piece: bytes) -> None:
        if self.part is Part.NOTHING:
            self._expect(Part.HEAD)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            # We answer the request as if it had not asked for another protocol. What follows may be anything.
            self.cycle.keep_alive, self.deaf = False, True
        except httptools.HttpParserError as error:
            return self._refuse(self.refusal or Refusal(400, f"this is not HTTP/1.1: {error}"))
        self.num_bytes += len(piece)
        if self.part is Part.HEAD and self.num_bytes > bounds.MAX_HEAD_BYTES + bounds.PIECE_BYTES:
            self._refuse(TOO_LARGE)
        elif self.part is Part.BODY and self.num_bytes > bounds.MAX_WIRE_BYTES + bounds.PIECE_BYTES:
            self._refuse(BODY_TOO_LARGE)

    # What the parser tells

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect(Part.HEAD)

    def on_headers_complete(self) -> None:
        self.refusal = refusal_of_head(self.url, self.headers, self.parser.get_http_version())
        if self.refusal is None and len(self.pipeline) >= bounds.MAX_PIPELINED:
            self.refusal = PIPELINED
        if self.refusal is not None:
            raise ValueError(self.refusal.detail)  # This ends the parsing.
        super().on_headers_complete()
        # The parser also tells of the headers after a body in chunks. They must not become headers of the request.
        self.headers = []
        self._expect(Part.BODY)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if not self.parser.should_keep_alive():  # A header after the body may say so.
            self.cycle.keep_alive = False
        self._expect(Part.NOTHING)
        self._stop_waiting()

    def _expect(self, part: Part) -> None:
        self.part, self.num_bytes = part, 0

    # What the server does

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.part is Part.BODY and self._is_answered() and not self.transport.is_closing():
            # The request was answered before its body was whole, so nobody wants the rest.
            self.let_go()
        self._settle()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._settle()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._settle()

    def _settle(self) -> None:
        """Note whom the connection waits for, and see to it that half a request does not stay for ever."""
        half = self.part is not Part.NOTHING
        self.places.note(self, waits=self._is_answered() or self._listens() or self.stalled or half)
        if half and self.deadline is None and not self.deaf:
            self.deadline = self.loop.call_later(self.request_seconds, self._too_late)

    def _is_answered(self) -> bool:
        return self.running is None or self.running.response_complete

    def _listens(self) -> bool:
        """Whether the client waits for news, which may never come. It then gives its place to others, and asks
        again."""
        return self.running is not None and self.running.scope["path"] == LIVE

    def _too_late(self) -> None:
        self.deadline = None
        if self.flow.read_paused:  # It is we who do not read on.
            return self._settle()
        self._refuse(Refusal(408, f"the request was not whole after {self.request_seconds:g} s"))

    def _stop_waiting(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with the refusal, if it is the turn of this request, and end the connection."""
        running = self.running
        if self.deaf or self.transport.is_closing():
            return
        if running is not None and not running.response_complete:
            is_its_own = self.part is Part.BODY and running is self.cycle
            if not is_its_own or running.response_started:
                return self.end_after(running)
            running.disconnected = True
            running.message_event.set()
        self.say(refusal)
        self.let_go()


def _pieces(data: bytes) -> Iterator[bytes]:
    if len(data) <= bounds.PIECE_BYTES:
        yield data
        return
    for start in range(0, len(data), bounds.PIECE_BYTES):
        yield data[start : start + bounds.PIECE_BYTES]
