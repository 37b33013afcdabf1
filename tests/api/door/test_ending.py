"""A client that takes none of its answer does not stay for ever."""

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from api.door import bounds
from api.door.protocol import DoorProtocol

SIZE = 64 * 1024 * 1024


async def large(scope: Any, receive: Any, send: Any) -> None:
    """Answers with SIZE bytes."""
    length = [(b"content-length", str(SIZE).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    for _ in range(SIZE // 65536):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def ask(takes: bool) -> tuple[int, ServerState]:
    """The number of bytes that a client gets that asks at once, and reads at once or only after the end."""
    state, loop = ServerState(), asyncio.get_running_loop()
    config = uvicorn.Config(large, http=DoorProtocol, ws="none", lifespan="off", log_config=None)
    config.load()
    server = await loop.create_server(lambda: DoorProtocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2], limit=1024)
    writer.write(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    while not state.connections:
        await asyncio.sleep(0.01)
    while not takes and state.connections:
        await asyncio.sleep(0.01)
    received = 0
    try:
        while data := await reader.read(65536):
            received += len(data)
    except ConnectionError:
        pass
    writer.close()
    server.close()
    return received, state


@pytest.mark.slow
def test_a_client_that_takes_nothing_loses_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "STALLED_SECONDS", 0.3)
    received, state = asyncio.run(ask(takes=False))
    assert received < SIZE
    assert not state.connections
    assert not state.tasks


@pytest.mark.slow
def test_a_client_that_takes_its_answer_gets_all_of_it() -> None:
    received, _ = asyncio.run(ask(takes=True))
    assert received > SIZE
