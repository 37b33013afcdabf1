"""The lab is ready if a worker can take a run now."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from records import TASKS

from evenkeel.records.workers import STARTING, Worker
from evenkeel.store import Store, now_ms


def see(store: Store, name: str, device: str, problem: str | None = None) -> None:
    store.workers.see(Worker(name, 2, device, "v", now_ms(), TASKS, problem))


def workers_check(client: TestClient) -> dict[str, Any]:
    check: dict[str, Any] = client.get("/readyz").json()["checks"]["workers"]
    return check


def test_a_worker_that_starts_is_not_ready_and_is_named(client: TestClient, app_store: Store) -> None:
    see(app_store, "box-7", STARTING)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["workers"] == {"ok": False, "detail": "box-7: starting, no slot ready yet"}
    [shown] = client.get("/workers").json()
    assert (shown["device"], shown["ready"]) == ("starting", False)


def test_one_worker_that_can_take_a_run_is_enough(client: TestClient, app_store: Store) -> None:
    see(app_store, "a", "cpu")
    see(app_store, "b", STARTING)
    see(app_store, "c", STARTING, "no slot on cuda")
    detail = "a: 2 slots on cpu, b: starting, no slot ready yet, c: no slot on cuda"
    assert workers_check(client) == {"ok": True, "detail": detail}
    assert [worker["ready"] for worker in client.get("/workers").json()] == [True, False, False]


def test_a_worker_that_warns_trains_and_its_warning_is_shown(client: TestClient, app_store: Store) -> None:
    app_store.workers.see(Worker("a", 1, "cpu", "v", now_ms(), TASKS, warning="a GPU lies idle"))
    app_store.workers.see(Worker("b", 1, "cpu", "v", now_ms(), TASKS))
    assert workers_check(client)["ok"]
    shown = client.get("/workers").json()
    assert [(worker["problem"], worker["warning"]) for worker in shown] == [(None, "a GPU lies idle"), (None, None)]


@pytest.mark.parametrize("device", [STARTING, "cuda:0"])
def test_a_worker_whose_slots_are_all_broken_is_not_ready(client: TestClient, app_store: Store, device: str) -> None:
    see(app_store, "a", device, "no slot on cuda:0")
    assert workers_check(client) == {"ok": False, "detail": "a: no slot on cuda:0"}
