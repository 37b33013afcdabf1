"""A Redis of its own for each test, and a lab with one experiment whose bell can be looked at."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from bells import Bell
from brokers import redis_server
from records import TASKS, make_cell

from evenkeel.lab.context import Lab
from evenkeel.records.workers import Worker
from evenkeel.settings import Settings
from evenkeel.store import Store, now_ms


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def lab(store: Store, bell: Bell) -> Lab:
    store.grids.ensure("exp", [make_cell(), make_cell(norm="batch")], [0, 3])
    store.workers.see(Worker("w", 8, "cpu", "v", now_ms(), TASKS))
    return Lab(Settings(mlflow_url="http://mlflow:5000"), store, bell)


@pytest.fixture
def empty_lab(migrated_file: Path, tmp_path: Path) -> Iterator[Lab]:
    """A lab without workers and experiments, on SQLite."""
    shutil.copy(migrated_file, tmp_path / "lab.db")
    with closing(Store(f"sqlite:///{tmp_path}/lab.db")) as opened:
        yield Lab(Settings(), opened, Bell())
