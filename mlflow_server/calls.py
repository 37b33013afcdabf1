"""Answers many calls of MLflow's API in one request, so that a copy of many runs takes few of them.

POST /evenkeel/calls takes a list of {"method", "path", "body"}, and answers a list of {"status", "body"}. MLflow gets
the calls one after the other, in their order. A call that fails keeps no other from its answer.

A worker waits 20 s for an answer and then asks again. A call that began after that would make a second copy of a run.
So no call begins later than `BEGIN_SECONDS` after the request.
"""

import asyncio
import json
import threading
import time
from contextlib import nullcontext
from typing import Any

from mlflow_server.login import App, Receive, Scope, Send, refuse

PATH = "/evenkeel/calls"
# The calls that may be sent together. Files go by themselves.
API = "/api/2.0/mlflow/"
METHODS = ("GET", "POST", "PATCH")
# MLflow refuses one of two calls that bring the same new dataset at the same time.
BRINGS_DATASETS = f"{API}runs/log-inputs"
MOST_CALLS = 100
BEGIN_SECONDS = 15.0
MOST_BYTES = 16 * 1024 * 1024
SAYS = (
    f'{PATH} takes up to {MOST_CALLS} calls as [{{"method": {" or ".join(METHODS)}, "path": "{API}...", "body": {{}}}}]'
)


class ManyCalls:
    """Answers requests to PATH with what `mlflow`, a Flask app, answers to each call. All others go to `app`."""

    def __init__(self, app: App, mlflow: Any) -> None:
        self._app, self._mlflow = app, mlflow
        self._one_brings_datasets = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            return await self._app(scope, receive, send)
        if scope["method"] != "POST":
            return await refuse(scope, send, 405, "INVALID_PARAMETER_VALUE", SAYS)
        body = await _read(receive)
        calls = None if body is None else _parse(body)
        if calls is None:
            return await refuse(scope, send, 400, "INVALID_PARAMETER_VALUE", SAYS)
        # MLflow checks the name under which it is asked.
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        answers = await asyncio.to_thread(self._answer, calls, host)
        if answers is None:
            late = f"MLflow took longer than {BEGIN_SECONDS:g} s; not every call was begun"
            return await refuse(scope, send, 503, "TEMPORARILY_UNAVAILABLE", late)
        content = json.dumps(answers).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, calls: list[dict[str, Any]], host: str) -> list[dict[str, Any]] | None:
        """The answers; None if there was no time to begin every call."""
        deadline = time.monotonic() + BEGIN_SECONDS
        client = self._mlflow.test_client(use_cookies=False)
        answers = []
        for call in calls:
            sent = {} if call["method"] == "GET" else {"json": call.get("body", {})}
            alone = self._one_brings_datasets if call["path"] == BRINGS_DATASETS else nullcontext()
            if time.monotonic() > deadline:
                return None
            with alone, client.open(call["path"], method=call["method"], headers={"Host": host}, **sent) as answer:
                read = answer.get_json(silent=True)
                answers.append({"status": answer.status_code, "body": answer.text if read is None else read})
        return answers


async def _read(receive: Receive) -> bytes | None:
    """The body of a request; None if it is too large or was not sent to its end."""
    parts, size, more = list[bytes](), 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES or message["type"] == "http.disconnect":
            return None
        more = message.get("more_body", False)
    return b"".join(parts)


def _parse(body: bytes) -> list[dict[str, Any]] | None:
    """The calls; None if they are not what `SAYS` says."""
    try:
        calls = json.loads(body)
    except ValueError:
        return None
    if not isinstance(calls, list) or len(calls) > MOST_CALLS or not all(_is_call(call) for call in calls):
        return None
    return calls


def _is_call(call: Any) -> bool:
    return (
        isinstance(call, dict)
        and call.get("method") in METHODS
        and isinstance(call.get("path"), str)
        and call["path"].startswith(API)
    )
