"""Two API servers on one Postgres, called by many clients at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from servers import add_key, api_server

from evenkeel.store import Store

GRID: dict[str, Any] = {
    "name": "raced",
    "grid": {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]},
    "seeds": 5,
}


@pytest.fixture
def shared_store(postgres: str) -> Store:
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS replicas WITH (FORCE)")
        admin.execute("CREATE DATABASE replicas")
    store = Store(f"{postgres}/replicas")
    store.migrate()
    return store


@pytest.mark.parametrize("with_idempotency_key", [True, False])
def test_a_hundred_posts_at_once_to_two_replicas_make_one_experiment_and_no_run_twice(
    postgres: str, shared_store: Store, tmp_path: Path, with_idempotency_key: bool
) -> None:
    headers = {"Authorization": f"Bearer {add_key(shared_store)}"}
    if with_idempotency_key:
        headers["Idempotency-Key"] = "raced"
    database = f"{postgres}/replicas"
    with api_server(database, tmp_path / "one.log") as one, api_server(database, tmp_path / "two.log") as two:

        def post(number: int) -> httpx.Response:
            return httpx.post(f"{(one, two)[number % 2]}/experiments", json=GRID, headers=headers, timeout=60)

        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(post, range(100)))
    made = [answer.json()["created"] for answer in answers]
    if with_idempotency_key:
        assert Counter(answer.status_code for answer in answers) == {201: 100}
        assert made == [40] * 100
        assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 99
    else:
        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 99}
        assert sorted(made) == [0] * 99 + [40]
    assert len(shared_store.experiments.all()) == 1
    runs = shared_store.runs.all("raced")
    assert len(runs) == len({(run.cell_hash, run.seed) for run in runs}) == 40
    shared_store.close()
