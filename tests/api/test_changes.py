"""The calls that change experiments and runs: what they answer, and who may call them."""

import pytest
from fastapi.testclient import TestClient
from records import TASKS, claim_run, finish_run, make_cell
from servers import add_key

from evenkeel.records.keys import Role
from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms

CELL = make_cell()
GRID = {"name": "exp", "grid": {"arch": ["yolo"]}, "seeds": 3, "train": {"norm": "none", "init": "he"}}


def test_an_experiment_is_paused_and_resumed_and_says_so_meanwhile(client: TestClient, app_store: Store) -> None:
    app_store.workers.see(Worker("w", 1, "cpu", "v", now_ms(), TASKS))
    app_store.grids.ensure("exp", [CELL], [0, 1])
    claim_run(app_store, CELL, 2)
    assert client.post("/experiments/exp/pause").json() == {"paused": 2, "stopping": 1}
    assert client.post("/experiments/exp/pause").json() == {"paused": 0, "stopping": 1}
    detail = client.get("/experiments/exp").json()
    assert (detail["paused"], detail["num_runs"]["status"]["paused"]) == (True, 2)
    assert client.post("/experiments/exp/resume").json() == {"queued": 2}
    assert not client.get("/experiments/exp").json()["paused"]
    assert 'evenkeel_runs{outcome="",status="paused"} 0.0' in client.get("/metrics").text


def test_runs_posted_to_a_paused_experiment_wait_and_the_answer_says_so(
    client: TestClient, app_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenkeel.lab.posting.check_datasets", lambda *_: None)
    assert client.post("/experiments", json=GRID | {"seeds": 1}).status_code == 201
    client.post("/experiments/exp/pause")
    answer = client.post("/experiments", json=GRID).json()
    says = "the experiment is paused, so the runs wait; to go on: evenkeel resume exp"
    assert (answer["created"], answer["waits_for"]) == (2, says)
    assert client.get("/experiments/exp").json()["num_runs"]["status"]["paused"] == 3


def test_one_run_is_cancelled_and_retried(client: TestClient, app_store: Store) -> None:
    [run_id] = app_store.grids.ensure("exp", [CELL], [0]).created
    assert client.post(f"/runs/{run_id[:8]}/cancel").json() == {
        "id": run_id,
        "status": "cancelled",
        "says": "The run is cancelled.",
    }
    assert client.post(f"/runs/{run_id}/retry").json()["status"] == "queued"


def test_a_status_that_does_not_allow_it_is_a_409(client: TestClient, app_store: Store) -> None:
    run_id = finish_run(app_store, CELL, 0, [0.1])
    for verb in ("cancel", "retry"):
        answer = client.post(f"/runs/{run_id}/{verb}")
        assert answer.status_code == 409
        assert run_id in answer.json()["detail"]
    assert client.post("/runs/nothing/cancel").status_code == 404


@pytest.mark.parametrize("path", ["experiments/exp/pause", "experiments/exp/resume", "runs/a/cancel", "runs/a/retry"])
def test_a_reader_changes_nothing_and_a_misspelt_parameter_is_refused(
    client: TestClient, app_store: Store, path: str
) -> None:
    reader, writer = ({"Authorization": f"Bearer {add_key(app_store, role)}"} for role in Role)
    assert client.post(f"/{path}", headers=reader).status_code == 403
    assert client.post(f"/{path}?now=1", headers=writer).status_code == 422
    assert client.post(f"/{path}", headers=writer).status_code == 404


def test_threads_are_changed_until_the_first_run_starts(client: TestClient, app_store: Store) -> None:
    app_store.grids.ensure("exp", [CELL], [0])
    assert client.patch("/experiments/exp", json={"threads": 2}).json()["threads"] == 2
    claim_run(app_store, CELL, 0)
    refused = client.patch("/experiments/exp", json={"threads": 4})
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("threads: the runs of this experiment compute with 2, and 1 of them")
    assert client.get("/experiments/exp").json()["threads"] == 2
    assert client.patch("/experiments/exp", json={"threads": 0}).status_code == 422


def test_an_experiment_is_deleted_only_if_its_name_is_given_twice(client: TestClient, app_store: Store) -> None:
    finish_run(app_store, CELL, 0, [0.1, 0.2])
    assert client.delete("/experiments/exp").json()["errors"] == [{"field": "confirm", "problem": "is required"}]
    wrong = client.delete("/experiments/exp?confirm=demo")
    assert wrong.status_code == 422
    problem = "must be the name of the experiment, 'exp'; nothing was deleted"
    assert wrong.json()["errors"] == [{"field": "confirm", "problem": problem}]
    answer = client.delete("/experiments/exp?confirm=exp").json()
    assert {key: answer[key] for key in answer if key != "says"} == {
        "experiment": "exp",
        "cells": 1,
        "runs": 1,
        "epochs": 2,
    }
    assert "MLflow's trash" in answer["says"]
    assert client.get("/experiments/exp").status_code == 404
    assert client.delete("/experiments/exp?confirm=exp").status_code == 404


def test_an_experiment_that_trains_is_not_deleted(client: TestClient, app_store: Store) -> None:
    claim_run(app_store, CELL, 0)
    refused = client.delete("/experiments/exp?confirm=exp")
    assert refused.status_code == 409
    assert refused.json()["detail"].endswith("or wait until they have ended; nothing was deleted")
    assert client.get("/experiments/exp").json()["num_runs"]["total"] == 1


def test_seeds_are_added_to_every_cell(client: TestClient, app_store: Store) -> None:
    app_store.grids.ensure("exp", [CELL, make_cell(norm="batch")], [0])
    planned = client.post("/experiments/exp/seeds?dry_run=true", json={"add": 2})
    assert (planned.status_code, planned.json()["created"]) == (200, 4)
    headers = {"Idempotency-Key": "once"}
    first, again = (client.post("/experiments/exp/seeds", json={"add": 2}, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()["seeds"]) == (201, [1, 2])
    assert (again.status_code, again.headers["Idempotency-Replayed"], again.json()["created"]) == (200, "true", 4)
    assert len(client.get("/experiments/exp/runs").json()) == 6


def test_what_seeds_cannot_be_added_names_the_field(client: TestClient, app_store: Store) -> None:
    app_store.grids.ensure("exp", [CELL], [0])
    for body in ({"add": 0}, {"add": "3"}, {"add": 1001}, {"add": True}, {}, {"add": 1, "seeds": 3}):
        assert client.post("/experiments/exp/seeds", json=body).status_code == 422
    many = client.post("/experiments/exp/seeds", json={"add": 60})
    assert (many.status_code, many.json()["errors"][0]["field"]) == (422, "add")
    assert client.post("/experiments/nothing/seeds", json={"add": 1}).status_code == 404


def test_a_reader_adds_no_seeds(client: TestClient, app_store: Store) -> None:
    app_store.grids.ensure("exp", [CELL], [0])
    reader = {"Authorization": f"Bearer {add_key(app_store, Role.READ)}"}
    assert client.post("/experiments/exp/seeds", json={"add": 1}, headers=reader).status_code == 403
    assert len(app_store.runs.all("exp")) == 1
