"""An app with its own store. Tests call it in their own process, as a client on this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from servers import NO_BROKER, NO_MLFLOW

import api.looks
from api.app import create_app
from evenkeel.settings import Settings
from evenkeel.store import Store


@pytest.fixture
def app_store(own_store: Store) -> Store:
    return own_store


@pytest.fixture(autouse=True)
def broker_that_is_away_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker of these tests stays away, so there is nothing to wait for before it is asked again."""
    monkeypatch.setattr("evenkeel.lab.queue.RETRY_SECONDS", 0.01)


@contextmanager
def client_of(database_url: str) -> Iterator[TestClient]:
    """A client whose app answers in its own threads, and looks at the lab anew for each question."""
    settings = Settings(
        answer_processes=0, database_url=database_url, broker_url=NO_BROKER, mlflow_url=NO_MLFLOW, max_in_flight=50
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.looks, "FRESH_SECONDS", 0.0)
        with TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
            yield client


@pytest.fixture
def client(app_store: Store, tmp_path: Path) -> Iterator[TestClient]:
    with client_of(f"sqlite:///{tmp_path}/lab.db") as client:
        yield client


@pytest.fixture(scope="session")
def empty_lab(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TestClient]:
    """One lab for all requests that are refused: it stays empty."""
    path = tmp_path_factory.mktemp("empty") / "lab.db"
    shutil.copy(migrated_file, path)
    with client_of(f"sqlite:///{path}") as client:
        yield client
