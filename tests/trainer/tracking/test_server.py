"""Calls to MLflow are never larger than MLflow allows."""

from typing import Any

from mlflow.entities import Metric

from trainer.tracking.server import log_points


class Client:
    def __init__(self) -> None:
        self.calls: list[tuple[str, list[Metric]]] = []

    def log_batch(self, run_id: str, metrics: list[Metric]) -> None:
        self.calls.append((run_id, metrics))


def test_points_go_in_calls_of_a_thousand_and_none_is_lost() -> None:
    client: Any = Client()
    points = [Metric("loss", float(step), 0, step) for step in range(2500)]
    log_points(client, "run", points)
    assert [(run_id, len(sent)) for run_id, sent in client.calls] == [("run", 1000), ("run", 1000), ("run", 500)]
    assert [point for _, sent in client.calls for point in sent] == points


def test_without_points_nothing_is_sent() -> None:
    client: Any = Client()
    log_points(client, "run", [])
    assert client.calls == []
