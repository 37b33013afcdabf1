"""Asks every caller of an ASGI app for a name and a password (HTTP Basic, RFC 7617).

A browser asks its user once, and remembers both until it is closed. It sends them to this host and port alone. A cookie
would go to every port of the host, and so to the servers of other users of the machine.
"""

import base64
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ASKS = (
    "MLflow asks for a name and a password. The name is {name}. The page 'In MLflow' of Evenkeel's documentation says "
    "where the password is. MLflow's client reads both from MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
)


class Login:
    """Lets a request through to `app` if it has the name and the password. Otherwise it answers 401."""

    def __init__(self, app: App, name: str, password: str) -> None:
        self._app, self._name = app, name
        self._expected = f"{name}:{password}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._knows(scope):
            await self._app(scope, receive, send)
        else:
            asks = (b"www-authenticate", b'Basic realm="MLflow", charset="UTF-8"')
            await refuse(scope, send, 401, "UNAUTHENTICATED", ASKS.format(name=self._name), asks)

    def _knows(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(given) != 1:
            return False
        scheme, _, encoded = given[0].partition(b" ")
        try:
            decoded = base64.b64decode(encoded.strip(), validate=True)
        except ValueError:
            return False
        return scheme.lower() == b"basic" and hmac.compare_digest(decoded, self._expected)


async def refuse(scope: Scope, send: Send, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer with an error as MLflow's own are, which its client understands. A WebSocket is closed."""
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 1008})
    body = json.dumps({"error_code": code, "message": message}).encode()
    described = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*described, *headers]})
    await send({"type": "http.response.body", "body": body})
