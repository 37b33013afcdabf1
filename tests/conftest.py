"""Services that run during the whole session, and a store on each kind of database."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# This must come before anything reads the settings: the tests prepare datasets in their own folder.
os.environ["EVENKEEL_DATASETS_DIR"] = tempfile.mkdtemp(prefix="evenkeel-datasets-")
# This must come before torch is loaded: OpenMP threads that spin while they wait cost minutes on busy cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import psycopg
import pytest
import typer.testing
from documented_command import write_documented_command
from garbage import pytest_collection_finish  # noqa: F401
from marks import pytest_collection_modifyitems, pytest_runtest_protocol  # noqa: F401
from services import RunningStack, postgres_server
from sharing import pytest_xdist_make_scheduler  # noqa: F401

from evenkeel.store import Store

# Typer works out all commands at each call, which takes 0.1 s. They stay the same.
typer.testing._get_command = cache(typer.testing._get_command)  # type: ignore[attr-defined]

atexit.register(shutil.rmtree, os.environ["EVENKEEL_DATASETS_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    # Not in pytest's own folder: another pytest that starts meanwhile closes that folder to the user postgres.
    with (
        tempfile.TemporaryDirectory(prefix="evenkeel-postgres-") as folder,
        postgres_server(Path(folder) / "server") as url,
    ):
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database. The test runs twice: on SQLite and on Postgres."""
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
    """A migrated SQLite store that tests copy. Migrating one for every test would take minutes in total."""
    path = tmp_path_factory.mktemp("migrated") / "lab.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: str) -> str:
    """The same on Postgres: the name of a database that serves as a template."""
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE migrated")
    migrate(f"{postgres}/migrated")
    return "migrated"


@pytest.fixture
def store(request: pytest.FixtureRequest, database_url: str, migrated_file: Path) -> Iterator[Store]:
    """An empty store with the newest schema."""
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


@pytest.fixture
def own_store(tmp_path: Path, migrated_file: Path) -> Iterator[Store]:
    """An empty store on SQLite, for tests to which the kind of database makes no difference."""
    shutil.copy(migrated_file, tmp_path / "lab.db")
    store = Store(f"sqlite:///{tmp_path}/lab.db")
    yield store
    store.close()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One embedded stack, shared by all tests that do not disturb it."""
    # Tests install packages with plug-ins here.
    site = tmp_path_factory.mktemp("site")
    paths = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(site)]))
    commands = write_documented_command(tmp_path_factory.mktemp("commands"))
    settings = {"PYTHONPATH": paths, "EVENKEEL_COMMANDS_FILE": str(commands)}
    running = RunningStack(tmp_path_factory.mktemp("stack") / "data", **settings)
    running.site = site
    yield running
    running.stop()
