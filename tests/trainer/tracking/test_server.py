"""Calls to MLflow are never larger than MLflow allows."""

from typing import Any

from mlflow.entities import Metric, Param, RunTag

from trainer.tracking.server import log_all, log_points


class Client:
    def __init__(self) -> None:
        self.calls: list[tuple[str, list[Metric]]] = []
        self.sizes: list[int] = []

    def log_batch(self, run_id: str, metrics: list[Metric], **more: list[Any]) -> None:
        self.calls.append((run_id, metrics))
        self.sizes.append(len(metrics) + sum(map(len, more.values())))


def test_points_go_in_calls_of_a_thousand_and_none_is_lost() -> None:
    client: Any = Client()
    points = [Metric("loss", float(step), 0, step) for step in range(2500)]
    log_points(client, "run", points)
    assert [(run_id, len(sent)) for run_id, sent in client.calls] == [("run", 1000), ("run", 1000), ("run", 500)]
    assert [point for _, sent in client.calls for point in sent] == points


def test_params_and_tags_go_with_the_last_points_and_count_with_them() -> None:
    client: Any = Client()
    points = [Metric("loss", float(step), 0, step) for step in range(1950)]
    log_all(client, "run", points, [Param("lr", "1")] * 60, [RunTag("a", "b")] * 40)
    assert client.sizes == [1000, 50, 1000]
    assert [point for _, sent in client.calls for point in sent] == points
    log_all(client, "run", [], [], [RunTag("a", "b")])
    assert client.sizes[3:] == [1]


def test_without_points_nothing_is_sent() -> None:
    client: Any = Client()
    log_points(client, "run", [])
    assert client.calls == []
