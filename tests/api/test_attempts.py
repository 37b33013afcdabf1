"""A run shows every attempt at it."""

from fastapi.testclient import TestClient
from records import TAKER, claim_run, make_cell, mirrored

from evenkeel.records.endings import Reason
from evenkeel.store import Store


def test_a_run_shows_where_each_attempt_began_what_it_computed_with_and_how_it_ended(
    client: TestClient, app_store: Store
) -> None:
    claim = claim_run(app_store, make_cell(), 0)
    app_store.claims.begin(claim, 0, 0, "", {"torch": "2.9", "threads": "1"})
    app_store.claims.record_checkpoint(claim, 1, "/there/epoch-0001.pt", "0" * 64, step=7)
    app_store.claims.crash(claim, Reason.DIED, "the training process was killed by SIGKILL", max_crashes=3)
    again = app_store.claims.take(TAKER, 60)
    assert again is not None
    app_store.claims.begin(again, 1, 7, "a newer checkpoint is damaged", {"torch": "2.9", "threads": "1"})
    run = client.get(f"/runs/{claim.run_id}").json()
    first, second = run["attempts"]
    assert first["began_ms"] <= first["ended_ms"] <= second["began_ms"]
    assert {name: first[name] for name in ("attempt", "worker", "from_epoch", "to_epoch", "to_step", "ending")} == {
        "attempt": 1,
        "worker": "worker",
        "from_epoch": 0,
        "to_epoch": 1,
        "to_step": 7,
        "ending": "died",
    }
    assert first["error"] == "the training process was killed by SIGKILL"
    assert (second["from_epoch"], second["from_step"], second["says"]) == (1, 7, "a newer checkpoint is damaged")
    assert second["arithmetic"] == {"torch": "2.9", "threads": "1"}
    assert (second["ended_ms"], second["ending"], second["error"]) == (None, None, None)
    assert run["arithmetic"] is not None


def test_a_run_that_no_worker_has_taken_has_no_attempt(client: TestClient, app_store: Store) -> None:
    [run_id] = app_store.grids.ensure("exp", [make_cell()], [0]).created
    assert client.get(f"/runs/{run_id}").json()["attempts"] == []


def test_a_run_that_failed_says_what_helps_and_where_it_is_in_mlflow(client: TestClient, app_store: Store) -> None:
    claim = claim_run(app_store, make_cell(), 0)
    before = client.get(f"/runs/{claim.run_id}").json()
    assert (before["what_helps"], before["mlflow_url"]) == ("", None)
    app_store.claims.crash(claim, Reason.ERROR, "ValueError: no such layer", max_crashes=3)
    run = app_store.runs.find(claim.run_id)
    assert run is not None
    app_store.outbox.set_mlflow_experiment("exp", "7")
    mirrored(app_store, run, "abc", 0)
    after = client.get(f"/runs/{claim.run_id}").json()
    assert after["what_helps"].startswith("The same error would come again.")
    assert (after["would_recur"], "log" in after["what_helps"]) == (True, False)
    app_store.logs.write(claim.run_id, 1, "Traceback")
    assert client.get(f"/runs/{claim.run_id}").json()["what_helps"].endswith("its log show where it happened.")
    assert after["mlflow_url"].endswith("/#/experiments/7/runs/abc")
