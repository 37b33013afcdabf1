"""What the API checks for every request: sizes, ids, headers, limits, repeats."""

import asyncio
import json
import logging
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from records import TASKS, make_cell
from starlette.types import Message, Receive, Scope, Send

from api.door.bounds import MAX_BODY_BYTES
from api.middleware import BoundedBodies
from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms
from evenkeel.store.tallies import Tallies

GRID: dict[str, Any] = {
    "name": "exp",
    "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]},
    "seeds": 3,
}


def chunks(total: int) -> Iterator[bytes]:
    for _ in range(total // 1024):
        yield b" " * 1024


def test_a_body_over_the_limit_is_refused_however_it_is_sent(client: TestClient, app_store: Store) -> None:
    whole = json.dumps(GRID).encode() + b" " * MAX_BODY_BYTES
    refused = client.post("/experiments", content=whole)
    assert (refused.status_code, refused.headers["Connection"]) == (413, "close")
    assert client.post("/experiments", content=chunks(10 * MAX_BODY_BYTES)).status_code == 413
    assert app_store.experiments.all() == []
    fits = json.dumps(GRID).encode().ljust(MAX_BODY_BYTES)
    assert client.post("/experiments", content=fits).status_code == 201


def test_a_grid_of_ten_billion_runs_is_counted_and_never_expanded(client: TestClient) -> None:
    levels = [round(0.001 * i, 6) for i in range(1, 101)]
    huge = GRID | {"grid": GRID["grid"] | dict.fromkeys(("lr", "beta1", "label_noise", "weight_decay"), levels)}
    huge["seeds"] = 100
    client.post("/experiments", json=huge)
    tracemalloc.start()
    answer = client.post("/experiments", json=huge)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 422
    assert "10,000,000,000 runs; at most 1,000" in answer.json()["detail"]
    assert peak < 10_000_000


def test_each_answer_names_its_request_and_the_log_does_too(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="api.access"):
        mine = client.get("/healthz", headers={"X-Request-ID": "abc-1"})
        made = client.get("/healthz", headers={"X-Request-ID": "a b\u00fc".encode("latin-1")})
    assert mine.headers["X-Request-ID"] == "abc-1"
    assert len(made.headers["X-Request-ID"]) == 16
    assert "GET /healthz 200" in caplog.text


def test_answers_carry_headers_that_keep_a_browser_from_guessing(client: TestClient) -> None:
    for path in ("/healthz", "/experiments", "/nowhere", "/docs"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_fault_tells_its_request_and_no_traceback(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Tallies) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Tallies, "counts", broken)
    calm = TestClient(client.app, base_url="http://localhost", client=("127.0.0.1", 1), raise_server_exceptions=False)
    answer = calm.get("/experiments", headers={"X-Request-ID": "trace-me"})
    assert answer.status_code == 500
    assert "trace-me" in answer.json()["detail"]
    assert "secret detail" not in answer.text


def test_a_repeat_under_an_idempotency_key_is_answered_as_the_first_was(client: TestClient, app_store: Store) -> None:
    headers = {"Idempotency-Key": "once"}
    first = client.post("/experiments", json=GRID, headers=headers)
    again = client.post("/experiments", json=GRID, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("/experiments", json=GRID | {"seeds": 4}, headers=headers)
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert len(app_store.runs.all("exp")) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "tab\t"])
def test_a_malformed_idempotency_key_is_refused(client: TestClient, app_store: Store, key: str) -> None:
    answer = client.post("/experiments", json=GRID, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert app_store.experiments.all() == []


def test_a_key_with_too_much_in_flight_is_told_when_to_come_again(client: TestClient, app_store: Store) -> None:
    assert client.post("/experiments", json=GRID | {"seeds": 40}).status_code == 201
    answer = client.post("/experiments", json=GRID | {"name": "more", "seeds": 20})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert app_store.experiments.find("more") is None
    client.post("/experiments/exp/cancel")
    assert client.post("/experiments", json=GRID | {"name": "more", "seeds": 20}).status_code == 201
    for retry in ("/experiments/exp/retry", f"/runs/{app_store.runs.all('exp')[0].id}/retry"):
        client.post("/experiments", json=GRID | {"name": "more", "seeds": 50})
        refused = client.post(retry)
        assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True), retry
        assert "the limit of 50 (EVENKEEL_MAX_IN_FLIGHT); nothing was stored" in refused.json()["detail"]
    assert {run.status for run in app_store.runs.all("exp")} == {"cancelled"}


def test_what_is_shared_is_posted_changed_and_told(client: TestClient) -> None:
    client.post("/experiments", json=GRID | {"priority": 3, "max_running": 2, "device": "cuda"})
    detail = client.get("/experiments/exp").json()
    assert (detail["priority"], detail["max_running"], detail["device"]) == (3, 2, "cuda")
    changed = client.patch("/experiments/exp", json={"max_running": 0, "device": "any"}).json()
    assert (changed["priority"], changed["max_running"], changed["device"]) == (3, None, "any")
    for wrong in ({"priority": 101}, {"max_running": -1}, {"device": "tpu"}, {"priority": True}, {"colour": 1}):
        answer = client.patch("/experiments/exp", json=wrong)
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["field"] == next(iter(wrong))


def test_a_figure_of_more_cells_than_anybody_could_read_is_refused(client: TestClient, app_store: Store) -> None:
    app_store.grids.ensure("wide", [make_cell(lr=k / 1000) for k in range(1, 202)], [0])
    answer = client.get("/summary/figure.svg", params={"experiment": "wide"})
    assert answer.status_code == 422
    assert "matches 201 cells, but at most 200 are drawn" in answer.json()["detail"]


def test_a_post_says_what_its_runs_wait_for_and_nothing_where_a_worker_is_there(
    client: TestClient, app_store: Store
) -> None:
    assert "no worker was seen" in client.post("/experiments", json=GRID).json()["waits_for"]
    app_store.workers.see(Worker("w", 2, "cpu", "v", now_ms(), TASKS))
    assert client.post("/experiments", json=GRID | {"seeds": 4}).json()["waits_for"] is None
    meant_for_gpu = client.post("/experiments", json=GRID | {"name": "gpu", "device": "cuda"}).json()
    assert "has the device cuda" in meant_for_gpu["waits_for"]


def test_a_caller_that_leaves_before_its_body_is_whole_changes_nothing() -> None:
    """The part that came may read as a body of its own."""
    came = iter([{"type": "http.request", "body": b"{}", "more_body": True}, {"type": "http.disconnect"}])
    reached: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append("app")

    async def receive() -> Message:
        return next(came)

    async def send(message: Message) -> None:
        reached.append("answer")

    asyncio.run(BoundedBodies(app)({"type": "http", "method": "POST", "headers": []}, receive, send))
    assert reached == []
