"""What MLflow's REST API says of runs."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from evenkeel.importing import mlflow
from evenkeel.importing.heads import State
from evenkeel.importing.mlflow import MlflowRuns, page_of
from evenkeel.importing.mlflow_rest import Rest
from evenkeel.importing.problems import ImportProblem, SourceAway

URL = "http://mlflow:5000"


def rest_that(answers: Callable[[httpx.Request], httpx.Response], monkeypatch: pytest.MonkeyPatch) -> Rest:
    """A connection whose server is this function."""
    client = httpx.Client

    def made(**options: Any) -> httpx.Client:
        return client(transport=httpx.MockTransport(answers), **options)

    monkeypatch.setattr(httpx, "Client", made)
    return Rest(URL)


class Server:
    """An MLflow with one experiment. Its histories are longer than it sends at once."""

    def __init__(self, points: dict[str, int], most: int = 25_000) -> None:
        self.points, self.most, self.bulk_calls = points, most, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        match request.url.path.rpartition("/")[2]:
            case "get-by-name" if query["experiment_name"] == "there":
                return httpx.Response(200, json={"experiment": {"experiment_id": "7"}})
            case "get-by-name":
                return httpx.Response(404, json={"message": "no"})
            case "search" if "experiments" in request.url.path:
                return httpx.Response(200, json={"experiments": [{"name": "there"}]})
            case "search":
                return self.search(request)
            case "get-history-bulk":
                self.bulk_calls += 1
                rows = [row for run in query.get_list("run_id") for row in self.rows(run)]
                return httpx.Response(200, json={"metrics": rows[: self.most]})
            case "get-history":
                rows, start = self.rows(query["run_id"]), int(query.get("page_token", "0"))
                body: dict[str, Any] = {"metrics": rows[start : start + self.most]}
                if start + self.most < len(rows):
                    body["next_page_token"] = str(start + self.most)
                return httpx.Response(200, json=body)
        return httpx.Response(404)

    def rows(self, run: str) -> list[dict[str, Any]]:
        return [
            {"run_id": run, "step": n, "value": "NaN" if n == 1 else 0.5, "timestamp": n}
            for n in range(self.points[run])
        ]

    def search(self, request: httpx.Request) -> httpx.Response:
        info = {"status": "FINISHED", "start_time": 1000, "end_time": 0}
        tags = [{"key": "mlflow.user", "value": "me"}, {"key": "team", "value": "a"}]
        runs = [
            {
                "info": {**info, "run_id": run},
                "data": {
                    "params": [{"key": "lr", "value": "1e-3"}],
                    "tags": [*tags],
                    "metrics": [{"key": "acc", "value": 1}],
                },
            }
            for run in self.points
        ]
        runs[-1]["info"] |= {"status": "SCHEDULED", "end_time": 5}
        runs[-1]["data"]["tags"].append({"key": "evenkeel.run_id", "value": "x"})
        half = len(runs) // 2
        if b"page_token" in request.content:
            return httpx.Response(200, json={"runs": runs[half:]})
        return httpx.Response(200, json={"runs": runs[:half], "next_page_token": "more"})


def test_heads_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    source = MlflowRuns(rest_that(Server({"a": 1, "b": 1}), monkeypatch), "there")
    one, other = source.heads()
    assert source.name == "http://mlflow:5000/#/experiments/7"
    assert (one.id, one.state, one.params, one.tags) == ("a", State.FINISHED, {"lr": 0.001}, {"team": "a"})
    assert (one.metrics, one.started_ms, one.ended_ms) == (frozenset({"acc"}), 1000, None)
    assert (other.state, other.own, one.own) == (State.RUNNING, True, False)


def test_a_history_that_mlflow_cuts_off_is_read_in_smaller_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow, "MOST_POINTS", 10)
    sizes = {"a": 3, "b": 4, "c": 25, "d": 9}
    server = Server(sizes, most=10)
    source = MlflowRuns(rest_that(server, monkeypatch), "there")
    heads = source.heads()
    found = source.points(heads, ["acc", "loss"])
    assert {run: len(points["acc"]) for run, points in found.items()} == sizes
    assert [point.is_finite for point in found["a"]["acc"]] == [True, False, True]
    assert server.bulk_calls < 8


def test_an_experiment_that_is_not_there_is_refused_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportProblem, match="experiment: MLflow has no experiment 'gone'; it has: there"):
        MlflowRuns(rest_that(Server({"a": 1}), monkeypatch), "gone")


def test_a_filter_that_mlflow_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def server(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("runs/search"):
            return httpx.Response(400, json={"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid clause"})
        return Server({"a": 1})(request)

    source = MlflowRuns(rest_that(server, monkeypatch), "there", "lr is 1")
    with pytest.raises(ImportProblem, match="filter: MLflow refuses it: Invalid clause"):
        source.heads()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.Response(401, json={"message": "asks for a name"}), "MLflow answers 401: asks for a name"),
        (httpx.Response(200, text="<html>"), "what answers is no MLflow"),
        (httpx.ConnectError("refused"), "MLflow does not answer: refused"),
    ],
)
def test_an_mlflow_that_cannot_be_read_is_away(answer: Any, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def server(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(SourceAway, match=says):
        MlflowRuns(rest_that(server, monkeypatch), "there")


def test_a_folder_is_no_server() -> None:
    with pytest.raises(ImportProblem, match=r"mlflow: 'sqlite:///runs.db' is not the address of a server"):
        Rest("sqlite:///runs.db")


def test_a_password_in_the_address_is_not_shown() -> None:
    assert page_of("https://me:secret@mlflow.example/base/") == "https://mlflow.example/base"
