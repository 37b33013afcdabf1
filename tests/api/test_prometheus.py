"""What Prometheus and people can read about the lab as a whole."""

from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from records import TASKS, claim_run, finish_run, make_cell

import api.looks
from evenkeel.lab.queue import Doorbell, Messages
from evenkeel.plugins import Outcome
from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms

pytestmark = pytest.mark.slow

NO_GPU = "no slot on cuda: device 'cuda' was asked for, but torch sees 0 CUDA devices"


def scrape(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_runs_are_counted_by_status_and_outcome(client: TestClient, app_store: Store) -> None:
    finish_run(app_store, make_cell(), 0, [0.1, 0.2])
    finish_run(app_store, make_cell(), 1, [0.1], Outcome.DIVERGED, 2)
    claim_run(app_store, make_cell(), 2)
    app_store.grids.ensure("exp", [make_cell()], range(6))
    values = scrape(client)

    def runs(status: str, outcome: str = "") -> float:
        return values["evenkeel_runs", (("outcome", outcome), ("status", status))]

    assert (runs("finished", "converged"), runs("finished", "diverged")) == (1, 1)
    assert (runs("running"), runs("queued"), runs("failed")) == (1, 3, 0)


def test_a_mirror_that_falls_behind_shows(client: TestClient, app_store: Store) -> None:
    assert app_store.duties.hold("mirror", "w", 60)
    app_store.duties.note_synced("mirror", now_ms() - 30_000)
    assert scrape(client)["evenkeel_mirror_lag_seconds", ()] == 0
    finish_run(app_store, make_cell(), 0, [0.1])
    values = scrape(client)
    assert values["evenkeel_mirror_behind_runs", ()] == 1
    assert values["evenkeel_mirror_lag_seconds", ()] == pytest.approx(30, abs=5)


def test_a_broker_that_is_away_is_a_number_and_no_error(client: TestClient) -> None:
    assert scrape(client)["evenkeel_broker_up", ()] == 0


def test_a_broker_that_hangs_holds_no_answer(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.looks, "FIRST_SECONDS", 0.05)
    gone_on = Event()
    monkeypatch.setattr(client.app.state.resources.lab.doorbell, "messages", lambda: gone_on.wait(60))  # type: ignore[attr-defined]
    try:
        assert scrape(client)["evenkeel_broker_up", ()] == 0
        assert not gone_on.is_set()
    finally:
        gone_on.set()


def test_messages_that_workers_could_not_read_are_counted(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Doorbell, "messages", lambda self: Messages({}, 26))
    assert scrape(client)["evenkeel_messages_dropped_total", ()] == 26


@pytest.fixture
def two_workers(app_store: Store) -> None:
    app_store.workers.see(Worker("good", 2, "cuda:0", "v1", now_ms(), TASKS, None, 12, 34.5, 1_000, 8_000))
    app_store.workers.see(Worker("bad", 1, "starting", "v1", now_ms(), TASKS, NO_GPU))
    app_store.workers.see(Worker("gone", 1, "cpu", "v1", now_ms() - 600_000, TASKS))


def test_each_worker_tells_what_it_trained_and_its_gpus_memory(client: TestClient, two_workers: None) -> None:
    values, good = scrape(client), (("device", "cuda:0"), ("worker", "good"))
    assert values["evenkeel_epochs_total", good] == 12
    assert values["evenkeel_epoch_seconds_total", good] == 34.5
    assert values["evenkeel_gpu_memory_used_bytes", good] == 1_000
    assert values["evenkeel_gpu_memory_total_bytes", good] == 8_000
    assert values["evenkeel_worker_broken", (("device", "starting"), ("worker", "bad"))] == 1


def test_a_worker_without_the_gpu_that_it_was_meant_to_have_is_named(client: TestClient, two_workers: None) -> None:
    workers: dict[str, Any] = {worker["name"]: worker for worker in client.get("/workers").json()}
    assert set(workers) == {"good", "bad"}
    assert workers["bad"]["problem"] == NO_GPU
    check = client.get("/readyz").json()["checks"]["workers"]
    assert check["ok"]
    assert f"bad: {NO_GPU}" in check["detail"]


def test_a_lab_whose_workers_are_all_broken_is_not_ready(client: TestClient, app_store: Store) -> None:
    app_store.workers.see(Worker("bad", 1, "starting", "v1", now_ms(), TASKS, NO_GPU))
    assert not client.get("/readyz").json()["checks"]["workers"]["ok"]


def test_the_disk_of_a_worker_is_measured_if_it_reports_it(client: TestClient, app_store: Store) -> None:
    worker = Worker("w", 1, "cpu", "v1", now_ms(), TASKS, disk_free_bytes=5_000, disk_used_bytes=700)
    app_store.workers.see(worker)
    app_store.workers.see(replace(worker, name="old", disk_free_bytes=None, disk_used_bytes=None))
    values, of = scrape(client), (("device", "cpu"), ("worker", "w"))
    assert (values["evenkeel_disk_free_bytes", of], values["evenkeel_disk_used_bytes", of]) == (5_000, 700)
    assert sum(name.startswith("evenkeel_disk") for name, _ in values) == 2
    shown = {each["name"]: (each["disk_free_bytes"], each["disk_used_bytes"]) for each in client.get("/workers").json()}
    assert shown == {"w": (5_000, 700), "old": (None, None)}
