"""What is written down of an experiment and of its runs: notes, tags, events and logs."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from records import claim_run, finish_run, make_cell
from servers import add_key

from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.keys import Role
from evenkeel.store import Store

CELL = make_cell()
NOTE = "# Why\n\n*Too* noisy? <script>alert(1)</script> שלום 🎉\n"


@pytest.fixture(autouse=True)
def _experiment(app_store: Store) -> None:
    app_store.grids.ensure("exp", [CELL], [0, 1])
    app_store.grids.ensure("other", [CELL], [0])


def names(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/experiments?{query}")
    assert answer.status_code == 200
    return [each["name"] for each in answer.json()]


def test_a_note_and_tags_are_written_and_read_as_they_are(client: TestClient) -> None:
    changed = client.patch("/experiments/exp", json={"note": NOTE, "tags": ["paper", "too noisy", "<b>"]})
    assert changed.status_code == 200
    for brief in (changed.json(), client.get("/experiments/exp").json(), client.get("/experiments").json()[0]):
        assert (brief["note"], brief["tags"]) == (NOTE, ["paper", "too noisy", "<b>"])
    assert client.patch("/experiments/exp", json={"priority": 2}).json()["note"] == NOTE
    emptied = client.patch("/experiments/exp", json={"note": "", "tags": []}).json()
    assert (emptied["note"], emptied["tags"], emptied["priority"]) == ("", [], 2)


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"note": "x" * 10_001}, "note", "at most 10000 characters"),
        ({"note": "a\0b"}, "note", r"'\x00' at position 1; allowed: text, tabs and line ends"),
        ({"note": "\ud800"}, "note", "surrogate"),
        ({"note": "\x1b[31m"}, "note", "control character"),
        ({"note": 3}, "note", "string"),
        ({"tags": "paper"}, "tags", "list"),
        ({"tags": [1]}, "tags.0", "string"),
        ({"tags": ["a", "b", "a"]}, "tags", "the tag 'a' is given twice"),
        ({"tags": ["a", " a"]}, "tags", "the tag 'a' is given twice"),
        ({"tags": [""]}, "tags.0", "at least 1 character"),
        ({"tags": ["  "]}, "tags.0", "1 to 40 printable characters"),
        ({"tags": ["x" * 41]}, "tags.0", "at most 40 characters"),
        ({"tags": ["a\nb"]}, "tags.0", "1 to 40 printable characters"),
        ({"tags": ["a\u202eb"]}, "tags.0", "1 to 40 printable characters"),
        ({"tags": [f"{i}" for i in range(21)]}, "tags", "at most 20"),
    ],
)
def test_what_is_no_note_and_no_tag_is_named(client: TestClient, body: dict[str, Any], field: str, says: str) -> None:
    import json

    answer = client.patch(
        "/experiments/exp", content=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422 if says != "surrogate" else answer.status_code in (400, 422)
    if says != "surrogate":
        [error] = answer.json()["errors"]
        assert error["field"] == field
        assert says in error["problem"]
    assert client.get("/experiments/exp").json()["note"] == ""


def test_experiments_are_found_by_their_tags_and_by_words_of_their_name_and_note(client: TestClient) -> None:
    client.patch("/experiments/exp", json={"note": "Is the STEM too narrow?", "tags": ["paper", "stem"]})
    client.patch("/experiments/other", json={"tags": ["paper"]})
    assert names(client, "") == names(client, "tag=paper") == ["exp", "other"]
    assert names(client, "tag=paper&tag=stem") == names(client, "search=sTem") == ["exp"]
    assert names(client, "search=OTH&tag=paper") == ["other"]
    assert names(client, "search=stem&tag=nothing") == names(client, "tag=stem&search=oth") == []
    assert client.get("/experiments?tags=paper").status_code == 422
    assert client.get(f"/experiments?search={'x' * 201}").status_code == 422


def test_an_experiment_moves_whenever_anything_of_it_does(client: TestClient, app_store: Store) -> None:
    def moved() -> int:
        brief, *_ = client.get("/experiments").json()
        assert client.get("/experiments/exp").json()["moved_ms"] == brief["moved_ms"]
        return int(brief["moved_ms"])

    with app_store.database.write() as db:
        changed = ("experiments", "created_ms"), ("runs", "created_ms"), ("run_counts", "at_ms"), ("events", "at_ms")
        for table, column in changed:
            db.exec_driver_sql(f"UPDATE {table} SET {column} = 1000")  # noqa: S608
    assert moved() == 1000
    client.patch("/experiments/exp", json={"note": "moved"})
    noted = moved()
    assert noted > 1000
    run_id = finish_run(app_store, CELL, 0, [0.1, 0.2])
    run = app_store.runs.find(run_id)
    assert run is not None
    assert run.ended_ms is not None
    assert moved() >= max(run.ended_ms, noted)


def test_events_name_the_run_and_who_did_it(client: TestClient, app_store: Store) -> None:
    key = add_key(app_store, Role.WRITE)
    headers = {"Authorization": f"Bearer {key}"}
    finish_run(app_store, CELL, 0, [0.1], Outcome.DIVERGED, diverged_epoch=2)
    claim = claim_run(app_store, CELL, 1)
    app_store.claims.crash(claim, Reason.OUT_OF_MEMORY, "CUDA error", 1)
    client.post("/experiments/exp/pause", headers=headers)
    client.post(f"/runs/{claim.run_id}/retry", headers=headers)
    found = client.get("/experiments/exp/events", headers=headers).json()
    name = CELL.name
    assert [(each["kind"], each["says"]) for each in found][::-1] == [
        ("posted", "1 cell posted with 2 seeds"),
        ("diverged", f"run {name} seed 0 diverged in epoch 2"),
        (
            "failed",
            f"run {name} seed 1 failed: out of memory: CUDA error; use a smaller batch, or fewer slots on the device",
        ),
        ("paused", "paused: 0 runs waiting, 0 runs stopping at a checkpoint"),
        ("retried", f"run {name} seed 1 was queued again"),
    ]
    assert [(each["run_id"], each["cell"]) for each in found[:2]] == [(claim.run_id, name), (None, None)]
    [who] = [known.name for known in app_store.keys.all()]
    assert [each["by"] for each in found] == [who, who, None, None, None]
    assert [each["says"] for each in client.get("/experiments/exp/events?limit=1", headers=headers).json()] == [
        found[0]["says"]
    ]
    assert client.get("/experiments/exp/events?limit=0", headers=headers).status_code == 422
    assert client.get("/experiments/nothing/events", headers=headers).status_code == 404


def test_a_log_is_sent_as_text_with_what_a_terminal_would_obey_escaped(client: TestClient, app_store: Store) -> None:
    [run, *_] = app_store.runs.all("exp")
    empty = client.get(f"/runs/{run.id}/log")
    assert (empty.status_code, empty.text, empty.headers["Evenkeel-Attempt"]) == (200, "", "0")
    refused = client.get(f"/runs/{run.id}/log?attempt=1")
    assert refused.status_code == 404
    assert f"run '{run.id}' has no attempt 1; no worker has taken it yet" in refused.json()["detail"]
    for _ in range(2):
        claim = claim_run(app_store, CELL, run.seed)
        app_store.logs.write(run.id, claim.attempt, f"\x1b[2Jattempt {claim.attempt} 🎉\r\nLi\u0308nie\n")
        app_store.claims.release(claim)
    found = client.get(f"/runs/{run.id[:8]}/log")
    assert found.text == "\\x1b[2Jattempt 2 🎉\\x0d\nLi\u0308nie\n"
    assert (found.headers["Evenkeel-Attempt"], found.headers["Content-Type"]) == ("2", "text/plain; charset=utf-8")
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/runs/{run.id}/log?attempt=1").text.startswith("\\x1b[2Jattempt 1")
    assert client.get(f"/runs/{run.id}/log?attempt=3").status_code == 404
    assert client.get(f"/runs/{run.id}/log?attempt=0").status_code == 422
    assert client.get("/runs/nothing/log").status_code == 404
