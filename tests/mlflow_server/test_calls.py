"""Many calls in one request are MLflow's own calls, and no others."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, request

from mlflow_server.calls import API, BRINGS_DATASETS, MOST_BYTES, MOST_CALLS, PATH, ManyCalls

mlflow = Flask("mlflow")


@mlflow.route(f"{API}add", methods=["POST", "PATCH"])
def add() -> Any:
    return {"sum": sum(request.json["numbers"]), "host": request.host}  # type: ignore[index]


@mlflow.route(f"{API}get")
def get() -> Any:
    return {"asked": request.args["id"]}


inside: list[int] = []
most_inside: list[int] = []


@mlflow.route(BRINGS_DATASETS, methods=["POST"])
def bring() -> Any:
    inside.append(1)
    most_inside.append(len(inside))
    time.sleep(0.02)
    inside.pop()
    return {}


@mlflow.route("/get-artifact")
def secret() -> Any:
    return {"secret": 1}


async def others(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "passed on"})


app = ManyCalls(others, mlflow)


def ask(body: bytes, path: str = PATH, method: str = "POST", kind: str = "http") -> tuple[int, Any]:
    """(status, body) of the answer."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "path": path, "method": method, "headers": [(b"host", b"lab.example:5000")]}
    asyncio.run(app(scope, receive, send))
    if sent[0]["type"] == "passed on":
        return 0, None
    return sent[0]["status"], json.loads(sent[1]["body"])


def call(path: str, method: str = "POST", **body: Any) -> dict[str, Any]:
    return {"method": method, "path": API + path, "body": body}


def test_each_call_is_answered_in_its_place_and_one_that_fails_keeps_no_other_from_its_answer() -> None:
    calls = [call("add", numbers=[1, 2]), call("add", wrong=1), call("none"), call("get?id=a", "GET")]
    status, answers = ask(json.dumps([*calls, call("add", "PATCH", numbers=[3])]).encode())
    assert status == 200
    assert [answer["status"] for answer in answers] == [200, 500, 404, 200, 200]
    assert answers[0]["body"] == {"sum": 3, "host": "lab.example:5000"}
    assert (answers[3]["body"], answers[4]["body"]["sum"]) == ({"asked": "a"}, 3)


def test_requests_at_the_same_time_bring_their_datasets_one_after_the_other() -> None:
    body = json.dumps([{"method": "POST", "path": BRINGS_DATASETS, "body": {}}] * 2).encode()
    with ThreadPoolExecutor(4) as pool:
        answered = [*pool.map(ask, [body] * 4)]
    assert answered == [(200, [{"status": 200, "body": {}}] * 2)] * 4
    assert most_inside == [1] * 8


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"method": "GET"}',
        b"[1]",
        json.dumps([{"method": "GET", "path": "/get-artifact"}]).encode(),
        json.dumps([call("add", "DELETE")]).encode(),
        json.dumps([{"method": "GET"}]).encode(),
        json.dumps([call("add", numbers=[])] * (MOST_CALLS + 1)).encode(),
        b" " * (MOST_BYTES + 1),
    ],
)
def test_what_is_no_list_of_calls_of_the_api_is_refused(body: bytes) -> None:
    status, said = ask(body)
    assert (status, said["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert API in said["message"]


def test_a_path_that_leaves_the_api_reaches_nothing() -> None:
    [answer] = ask(json.dumps([call("../../../get-artifact", "GET")]).encode())[1]
    assert answer["status"] == 404


def test_all_other_requests_pass() -> None:
    assert ask(b"", path="/health") == (0, None)
    assert ask(b"", kind="lifespan") == (0, None)
    assert ask(b"[]", method="GET")[0] == 405


def test_no_call_begins_after_its_worker_has_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_server.calls.BEGIN_SECONDS", 0.001)
    most_inside.clear()
    bring_one = {"method": "POST", "path": BRINGS_DATASETS, "body": {}}
    status, told = ask(json.dumps([bring_one, bring_one]).encode())
    assert (status, told["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert most_inside == [1]
