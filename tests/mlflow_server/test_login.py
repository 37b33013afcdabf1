"""Nothing behind the login is reached without the name and the password."""

import asyncio
import base64
from typing import Any

import pytest

from mlflow_server.login import Login

RIGHT = b"Basic " + base64.b64encode(b"evenkeel:pass:w\xc3\xb6rd")


async def greet(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "passed"})


def ask(*authorization: bytes, kind: str = "http") -> list[dict[str, Any]]:
    """What the app behind the login, or the login itself, sends."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "headers": [(b"host", b"x"), *((b"authorization", value) for value in authorization)]}
    asyncio.run(Login(greet, "evenkeel", "pass:wörd")(scope, None, send))  # type: ignore[arg-type]
    return sent


@pytest.mark.parametrize("right", [RIGHT, RIGHT.replace(b"Basic", b"basic"), RIGHT.replace(b" ", b"  ")])
def test_who_has_the_name_and_the_password_is_let_in(right: bytes) -> None:
    assert ask(right) == [{"type": "passed"}]
    assert ask(kind="lifespan") == [{"type": "passed"}]


@pytest.mark.parametrize(
    "given",
    [
        (),
        (b"",),
        (b"Basic",),
        (b"Basic \xff\xfe",),
        (b"Basic " + base64.b64encode(b"evenkeel:"),),
        (b"Basic " + base64.b64encode(b":pass:w\xc3\xb6rd"),),
        (b"Basic " + base64.b64encode(b"evenkeel:pass:w\xc3\xb6rd "),),
        (RIGHT.replace(b"Basic", b"Bearer"),),
        (RIGHT + b"!",),
        (RIGHT, RIGHT),
    ],
)
def test_everybody_else_is_asked_for_them_and_told_where_they_are(given: tuple[bytes, ...]) -> None:
    start, body = ask(*given)
    assert start["status"] == 401
    assert dict(start["headers"])[b"www-authenticate"].startswith(b"Basic ")
    assert b"MLFLOW_TRACKING_PASSWORD" in body["body"]
    assert ask(*given, kind="websocket") == [{"type": "websocket.close", "code": 1008}]
