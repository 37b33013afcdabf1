"""The lab is ready if a worker can take a run now."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from records import TASKS, claim_run, log_epochs, make_cell

import api.looks
from api.app import THREADS
from evenkeel.plugins import Broken, Package
from evenkeel.records.workers import STARTING, Worker
from evenkeel.store import Store, StoreAway, now_ms


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


def test_a_worker_names_the_runs_that_it_trains(client: TestClient, app_store: Store) -> None:
    see(app_store, "worker", "cpu")
    see(app_store, "idle", "cpu")
    claim = claim_run(app_store, make_cell(), 4)
    log_epochs(app_store, claim, [0.1])
    idle, busy = client.get("/workers").json()
    assert idle["trains"] == []
    run = {"id": claim.run_id, "experiment": "exp", "cell": make_cell().name, "seed": 4, "num_epochs": 1, "epochs": 3}
    assert busy["trains"] == [run]


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


def test_it_says_how_old_the_oldest_of_its_checks_is(client: TestClient) -> None:
    assert client.get("/readyz").json()["age_seconds"] >= 0


def test_while_every_service_and_every_thread_hangs_the_process_still_answers_at_once(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.looks, "FIRST_SECONDS", 0.05)
    lab, gone_on = client.app.state.resources.lab, Event()  # type: ignore[attr-defined]

    def hang(*_: Any) -> Any:
        gone_on.wait(60)
        raise StoreAway("it hung")

    for part, name in ((lab.store, "ping"), (lab.doorbell, "messages"), (lab.store.workers, "seen")):
        monkeypatch.setattr(part, name, hang)
    with ThreadPoolExecutor(2 * THREADS) as threads:
        try:
            hanging = [threads.submit(client.get, "/workers") for _ in range(THREADS + 1)]
            assert client.get("/healthz").json() == {"status": "ok"}
            assert client.get("/readyz").json()["checks"]["store"] == {"ok": False, "detail": "no answer yet"}
            assert client.get("/healthz").json() == {"status": "ok"}
            assert not any(one.done() for one in hanging)
        finally:
            gone_on.set()


def test_a_plug_in_that_cannot_be_used_is_named_and_does_not_keep_the_worker_from_training(
    client: TestClient, app_store: Store
) -> None:
    nets = Package("lab-nets", "0.1.0")
    broken = Broken("evenkeel.archs", "mixer", nets, "ImportError: no module named 'einops'")
    app_store.workers.see(Worker("a", 1, "cpu", "v", now_ms(), TASKS, plugins=("own-norms==2.0",), broken=(broken,)))
    why = "ImportError: no module named 'einops'"
    detail = f"a: 1 slots on cpu; 'mixer' of lab-nets==0.1.0 cannot be used: {why}"
    assert workers_check(client) == {"ok": True, "detail": detail}
    [shown] = client.get("/workers").json()
    assert shown["ready"]
    assert shown["plugins"] == ["own-norms==2.0"]
    assert shown["broken"] == [{"group": "evenkeel.archs", "name": "mixer", "package": "lab-nets==0.1.0", "why": why}]
