"""Services that live as long as the session, and a store on each database."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before anything reads the settings: what the tests prepare goes to a folder of their own.
os.environ["EVENKEEL_DATASETS_DIR"] = tempfile.mkdtemp(prefix="evenkeel-datasets-")
# Before torch is loaded: threads of OpenMP that spin while they wait cost minutes on busy cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import psycopg
import pytest
from marks import pytest_collection_modifyitems, pytest_runtest_protocol  # noqa: F401
from services import RunningStack, postgres_server

from evenkeel.lab.store import Store

atexit.register(shutil.rmtree, os.environ["EVENKEEL_DATASETS_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres_server(tmp_path_factory.mktemp("postgres") / "server") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database on SQLite, and the same again on Postgres."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/lab.db"
        return
    server = request.getfixturevalue("postgres")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS lab WITH (FORCE)")
        admin.execute("CREATE DATABASE lab")
    yield f"{server}/lab"


def migrate(url: str) -> None:
    store = Store(url)
    store.migrate()
    store.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite store to copy: to migrate one for every test would take minutes in all."""
    path = tmp_path_factory.mktemp("migrated") / "lab.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: str) -> str:
    """The same on Postgres: the name of a database to be a template."""
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE migrated")
    migrate(f"{postgres}/migrated")
    return "migrated"


@pytest.fixture
def store(request: pytest.FixtureRequest, database_url: str, migrated_file: Path) -> Iterator[Store]:
    """An empty store at the newest schema."""
    server, _, name = database_url.rpartition("/")
    if database_url.startswith("sqlite"):
        shutil.copy(migrated_file, database_url.removeprefix("sqlite:///"))
    else:
        template = request.getfixturevalue("migrated_database")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name}")
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One embedded stack for every test that does not hurt it."""
    running = RunningStack(tmp_path_factory.mktemp("stack") / "data")
    yield running
    running.stop()
