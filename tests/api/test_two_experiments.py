"""Cells of two experiments are compared, also a cell that both contain."""

from typing import Any

from fastapi.testclient import TestClient
from records import finish_run, make_cell

from evenkeel.store import Store

HERE, THERE = make_cell("yolo", "batch"), make_cell("resnet", "batch")
QUERY = {"a": HERE.hash, "b": THERE.hash, "experiment": "here", "b_experiment": "there", "metric": "train_accuracy"}


def compare(client: TestClient, **query: str) -> dict[str, Any]:
    answer = client.get("/compare", params=QUERY | query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fill(store: Store) -> None:
    for seed in range(3):
        finish_run(store, HERE, seed, [0.2, 0.8 + seed / 100], experiment="here")
        finish_run(store, THERE, seed, [0.2, 0.3 + seed / 100], experiment="there")


def test_a_cell_is_compared_with_one_of_another_experiment_until_a_run_there_changes(
    client: TestClient, app_store: Store
) -> None:
    fill(app_store)
    found = compare(client)
    assert (found["experiment"], found["b_experiment"]) == ("here", "there")
    assert [each["improvement"]["probability"] for each in found["comparisons"]] == [1]
    finish_run(app_store, THERE, 3, [0.2, 1.0], experiment="there")
    assert [each["improvement"]["probability"] for each in compare(client)["comparisons"]] == [0.75]


def test_a_cell_that_both_contain_is_told_apart_by_its_experiment(client: TestClient, app_store: Store) -> None:
    fill(app_store)
    finish_run(app_store, HERE, 0, [0.2, 0.9], experiment="there")
    [comparison] = compare(client, b=HERE.hash)["comparisons"]
    assert (comparison["a"], comparison["b"]) == (f"{HERE.name} of here", f"{HERE.name} of there")


def test_an_experiment_that_does_not_exist_is_named(client: TestClient, app_store: Store) -> None:
    fill(app_store)
    answer = client.get("/compare", params=QUERY | {"b_experiment": "none"})
    assert (answer.status_code, "there is no experiment 'none'" in answer.json()["detail"]) == (404, True)
