"""The endpoints of imports, and what the API refuses for imported runs."""

from typing import Any

import pytest
from elsewhere import a_batch, a_run
from fastapi.testclient import TestClient

from evenkeel.importing import from_mlflow
from evenkeel.importing.curves import Point
from evenkeel.importing.heads import Head, State
from evenkeel.importing.problems import SourceAway
from evenkeel.settings import Settings


def body(*runs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return a_batch(*runs, **more).model_dump(mode="json")


RUNS = (
    a_run("a", 0, {"lr": 0.1}, [0.5, 0.6], seconds=[1.0, 2.0]),
    a_run("b", 0, {"lr": 0.2}, [0.5, 0.7]),
    a_run("k", 1, {"lr": 0.2}, [0.5], state="killed"),
)


def test_a_batch_is_created_once(client: TestClient) -> None:
    first = client.post("/imports/runs", json=body(*RUNS, a_run("n", None, {"lr": 0.1}, [0.5])))
    assert (first.status_code, first.headers["Location"]) == (201, "/experiments/elsewhere")
    answer = first.json()
    assert {name: answer[name] for name in ("created", "existing", "left_out", "num_cells", "factors", "metrics")} == {
        "created": 3,
        "existing": 0,
        "left_out": 1,
        "num_cells": 2,
        "factors": ["lr"],
        "metrics": ["val_acc"],
    }
    assert [note["kind"] for note in answer["notes"]] == ["no_seed", "killed"]
    second = client.post("/imports/runs", json=body(*RUNS))
    assert (second.status_code, second.json()["created"], second.json()["existing"]) == (200, 0, 3)
    view = client.get("/experiments/elsewhere/import").json()
    assert (view["choices"]["seed"], sorted(view["ended"])) == ("seed", ["a", "b", "k"])


def test_a_run_says_where_it_was_trained(client: TestClient) -> None:
    client.post("/imports/runs", json=body(*RUNS))
    run, other, killed = client.get("/experiments/elsewhere/runs").json()
    shown = client.get(f"/runs/{run['id']}").json()
    assert shown["imported"] == {
        "source": "http://mlflow:5000/#/experiments/3",
        "run_id": "a",
        "url": "http://mlflow:5000/#/experiments/3/runs/a",
        "says": "",
    }
    assert shown["history"][1] == {"epoch": 2, "val_acc": 0.6, "epoch_seconds": 2.0, "logged_ms": 4000}
    assert client.get(f"/runs/{other['id']}").json()["history"][0] == {"epoch": 1, "val_acc": 0.5}
    assert (killed["status"], killed["error"]) == ("cancelled", "it was killed where it was trained")


def test_imported_runs_are_not_trained_here(client: TestClient) -> None:
    client.post("/imports/runs", json=body(*RUNS))
    killed = client.get("/experiments/elsewhere/runs").json()[2]["id"]
    for path in (
        f"/runs/{killed}/retry",
        f"/runs/{killed}/cancel",
        "/experiments/elsewhere/retry",
        "/experiments/elsewhere/cancel",
    ):
        refused = client.post(path)
        assert refused.status_code == 409
        assert "trained elsewhere and imported" in refused.json()["detail"]
    grid = {"name": "elsewhere", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": 1}
    refused = client.post("/experiments", json=grid)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "name")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mlflow": "http://169.254.169.254"}, "mlflow"),
        ({"uri": "http://internal"}, "uri"),
        ({"metrics": [{"name": "acc", "better": "up"}]}, "metrics.0.better"),
        ({"metrics": []}, "metrics"),
        ({"into": "no/name"}, "into"),
        ({"experiment": "My runs / 2"}, "into"),
    ],
)
def test_a_request_names_no_address_and_nothing_unknown(
    change: dict[str, Any], field: str, empty_lab: TestClient
) -> None:
    refused = empty_lab.post("/imports", json={"experiment": "there", **change})
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"curves": {"val/acc": [0.5], "loss": [0.5, 0.4]}}, "runs.0"),
        ({"diverged_epoch": 4}, "runs.0"),
        ({"seed": -1}, "runs.0.seed"),
        ({"params": {"lr": [1, 2]}}, None),
        ({"id": "line\nbreak"}, "runs.0.id"),
    ],
)
def test_a_batch_is_checked(change: dict[str, Any], field: str | None, empty_lab: TestClient) -> None:
    batch = body(RUNS[0])
    batch["runs"][0] |= change
    refused = empty_lab.post("/imports/runs", json=batch)
    assert refused.status_code == 422
    assert field is None or refused.json()["errors"][0]["field"] == field


def test_a_member_of_a_list_that_is_no_object_is_refused_with_its_keys(empty_lab: TestClient) -> None:
    refused = empty_lab.post("/imports", json={"experiment": "there", "metrics": [None]})
    [error] = refused.json()["errors"]
    assert (error["field"], error["problem"]) == ("metrics.0", "should be a JSON object; its keys: name, better")
    refused = empty_lab.post("/imports/runs", json=body(RUNS[0]) | {"runs": [[None]]})
    [error] = refused.json()["errors"]
    assert error["field"] == "runs.0"
    assert error["problem"].startswith("should be a JSON object; its keys: id, state, seed, ")


def test_words_that_read_as_something_else_are_levels_too(client: TestClient) -> None:
    words = ["64", "NaN", "null", '"a"', "[1, 2]", "true", "0.5", None]
    runs = [a_run(f"r{n}", 0, {"mode": word}, [0.5], seconds=[0.0]) for n, word in enumerate(words)]
    answer = client.post("/imports/runs", json=body(*runs)).json()
    assert (answer["created"], answer["num_cells"], answer["notes"][0]["kind"]) == (7, 7, "repeats")
    levels = [
        client.get(f"/runs/{run['id']}").json()["spec"]["mode"]
        for run in client.get("/experiments/elsewhere/runs").json()
    ]
    assert sorted(map(str, levels)) == sorted(["64.0", "nan", "None", "a", "[1, 2]", "true", "0.5"])


def test_an_experiment_without_imported_runs_is_said(client: TestClient) -> None:
    assert client.get("/experiments/gone/import").status_code == 404


class Source:
    """An MLflow experiment of 150 runs, of which one waits, and one has no seed."""

    name = "http://mlflow:5000/#/experiments/3"

    def heads(self) -> list[Head]:
        return [
            Head(
                id=f"r{n}",
                state=State.RUNNING if n == 120 else State.FINISHED,
                params={"lr": 0.1 * (1 + n % 3), **({} if n == 7 else {"seed": n // 3})},
                metrics=frozenset({"val/acc"}),
                started_ms=1000 + n,
                ended_ms=5000 + n,
            )
            for n in range(150)
        ]

    def points(self, heads: list[Head], metrics: list[str]) -> dict[str, dict[str, list[Point]]]:
        return {head.id: {"val/acc": [Point(step, 0.5) for step in range(2)]} for head in heads}


def test_a_large_import_goes_on_where_it_stopped(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_mlflow, "MlflowRuns", lambda rest, experiment, search: Source())
    monkeypatch.setattr(from_mlflow, "SECONDS", 0.0)
    first = client.post("/imports", json={"experiment": "there"}).json()
    assert (first["created"], first["left_out"], first["remaining"], first["after"]) == (99, 1, 50, "r99")
    more = {"experiment": "there", "after": first["after"], "began_ms": first["began_ms"]}
    second = client.post("/imports", json=more).json()
    assert (second["created"], second["remaining"], second["after"]) == (50, 0, None)
    runs = client.get("/experiments/there/runs").json()
    assert len(runs) == 149
    assert {client.get(f"/runs/{runs[n]['id']}").json()["created_ms"] for n in (0, 148)} == {1000}
    again = client.post("/imports", json={"experiment": "there"})
    assert again.status_code == 200
    assert {name: again.json()[name] for name in ("created", "completed", "existing", "left_out")} == {
        "created": 0,
        "completed": 0,
        "existing": 149,
        "left_out": 1,
    }


def test_an_mlflow_that_is_away_is_503_and_a_second_reader_waits(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(rest: Any, experiment: str, search: str) -> Any:
        raise SourceAway("MLflow does not answer: refused")

    monkeypatch.setattr(from_mlflow, "MlflowRuns", away)
    assert client.post("/imports", json={"experiment": "there"}).status_code == 503
    with from_mlflow._one_at_a_time:
        assert client.post("/imports", json={"experiment": "there"}).status_code == 429
    assert client.post("/imports", json={"experiment": "there"}).status_code == 503


def test_the_address_is_the_operators() -> None:
    own = Settings(mlflow_url="http://own", mlflow_username="me", mlflow_password="x")
    other = Settings(mlflow_url="http://own", import_mlflow_url="http://you:secret@other/", mlflow_username="me")
    assert from_mlflow.rest_of(own).url == "http://own"
    with from_mlflow.rest_of(other) as rest:
        assert rest.url == "http://you:secret@other"
        assert "secret" not in repr(other)
