"""Two API servers on one Postgres, called by many clients at once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest
from servers import LIGHT, add_key, api_server

from evenkeel.store import Store

GRID: dict[str, Any] = {
    "grid": {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]},
    "seeds": 5,
}


@pytest.fixture(scope="module")
def replicas(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str, tuple[str, str]]]:
    """(the store, a key, the addresses of its two servers)"""
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS replicas WITH (FORCE)")
        admin.execute("CREATE DATABASE replicas")
    database, logs = f"{postgres}/replicas", tmp_path_factory.mktemp("logs")
    store = Store(database)
    store.migrate()
    key = add_key(store)
    with (
        api_server(database, logs / "one.log", **LIGHT) as one,
        api_server(database, logs / "two.log", **LIGHT) as two,
    ):
        yield store, key, (one, two)
    store.close()


@pytest.mark.parametrize("idempotency_key", ["raced", None])
def test_a_hundred_posts_at_once_to_two_replicas_make_one_experiment_and_no_run_twice(
    replicas: tuple[Store, str, tuple[str, str]], idempotency_key: str | None
) -> None:
    store, key, urls = replicas
    headers = {"Authorization": f"Bearer {key}"}
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    name = f"raced-{idempotency_key}"

    def post(number: int) -> httpx.Response:
        return httpx.post(f"{urls[number % 2]}/experiments", json={"name": name} | GRID, headers=headers, timeout=60)

    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(post, range(100)))
    made = [answer.json()["created"] for answer in answers]
    if idempotency_key is not None:
        assert Counter(answer.status_code for answer in answers) == {201: 100}
        assert made == [40] * 100
        assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 99
    else:
        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 99}
        assert sorted(made) == [0] * 99 + [40]
    assert [found.name for found in store.experiments.all()].count(name) == 1
    runs = store.runs.all(name)
    assert len(runs) == len({(run.cell_hash, run.seed) for run in runs}) == 40
