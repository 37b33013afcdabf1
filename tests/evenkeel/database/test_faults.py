"""If a database cannot be reached, the error is always the same, whatever SQLAlchemy and the drivers raise."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from records import TAKER, TASKS, claim_run, make_cell
from sqlalchemy import exc, text

from evenkeel.records.keys import Role
from evenkeel.records.workers import Worker
from evenkeel.schema import runs
from evenkeel.store import SchemaError, Store, StoreAway, now_ms

CALLS: dict[str, Callable[[Store], object]] = {
    "ping": lambda store: store.ping(),
    "grids.ensure": lambda store: store.grids.ensure("exp", [make_cell()], [0]),
    "experiments.all": lambda store: store.experiments.all(),
    "experiments.cancel": lambda store: store.experiments.cancel("exp"),
    "runs.all": lambda store: store.runs.all(),
    "curves.seed_runs": lambda store: store.curves.seed_runs([1]),
    "tallies.counts": lambda store: store.tallies.counts(),
    "claims.take": lambda store: store.claims.take(TAKER, 60),
    "claims.expire": lambda store: store.claims.expire(3),
    "workers.see": lambda store: store.workers.see(Worker("w", 1, "cpu", "v", now_ms(), TASKS)),
    "duties.hold": lambda store: store.duties.hold("mirror", "w", 60),
    "outbox.unmirrored": lambda store: store.outbox.unmirrored(10),
    "keys.any": lambda store: store.keys.any(),
    "keys.all": lambda store: store.keys.all(),
    "metering.by_status": lambda store: store.metering.by_status(),
}


def raises_away(call: Callable[[], object], match: str) -> None:
    with pytest.raises(StoreAway, match=match) as caught:
        call()
    assert caught.value.__cause__ is not None
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", CALLS)
def test_a_database_that_was_never_migrated_is_away(database_url: str, name: str) -> None:
    store = Store(database_url)
    raises_away(lambda: CALLS[name](store), "no such table|does not exist")
    store.close()


@pytest.fixture(params=["a folder", "a text", "no server"])
def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Addresses at which there is no database: a folder or a text file for SQLite, and a port without a server."""
    (tmp_path / "text").write_text("This is no database.\n" * 100)
    urls = {"a folder": f"sqlite:///{tmp_path}", "a text": f"sqlite:///{tmp_path}/text"}
    return Store(urls.get(request.param, "postgresql://lab@127.0.0.1:1/lab"))


@pytest.mark.parametrize("name", ["check_schema", "migrate", *CALLS])
def test_a_database_that_does_not_answer_is_away(nowhere: Store, name: str) -> None:
    call = CALLS.get(name, lambda store: getattr(store, name)())
    raises_away(lambda: call(nowhere), "unable to open|file is not a database|connection failed")


def test_a_folder_that_cannot_be_made_for_the_file_is_a_store_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    raises_away(lambda: Store(f"sqlite:///{tmp_path}/file/lab.db"), "file")


@pytest.mark.parametrize("url", ["lab.db", "", "sqlite+mongo:///lab.db", "postgresql://lab:s3cret@host:port/lab"])
def test_a_url_that_cannot_be_read_is_named_by_its_setting_and_not_repeated(url: str) -> None:
    with pytest.raises(SchemaError, match="EVENKEEL_DATABASE_URL") as caught:
        Store(url)
    assert "s3cret" not in str(caught.value)


def test_a_pool_that_has_no_connection_left_is_a_store_that_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.database.engine.pool, "_timeout", 0.05)

    def hold_too_many() -> None:
        with ExitStack() as stack:
            for _ in range(100):
                stack.enter_context(store.database.read())

    raises_away(hold_too_many, "QueuePool")
    store.ping()


ROW = {"cell_id": 1, "seed": 9, "status": "queued", "created_ms": 0}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("copies", [False, True])
def test_a_server_that_goes_away_in_the_midst_of_a_write_is_away_and_nothing_is_stored(
    store: Store, copies: bool
) -> None:
    claim_run(store, make_cell(), 0)

    def write_while_it_dies() -> None:
        with store.database.write() as db:
            store.database.add(db, runs, [{"id": "first", **ROW}])
            pid = db.scalar(text("SELECT pg_backend_pid()"))
            with store.database.read() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            if copies:
                store.database.add(db, runs, [{"id": "second", **ROW}])
            else:
                db.execute(runs.insert().values(id="second", **ROW))

    raises_away(write_while_it_dies, "terminating connection|connection is lost")
    assert len(store.runs.all()) == 1


@pytest.fixture
def admin(database_url: str, store: Store) -> Iterator[psycopg.Connection]:
    """A connection to the server of `store`, but to another database."""
    with psycopg.connect(f"{database_url.removesuffix('/lab')}/postgres", autocommit=True) as connection:
        yield connection


def raises_away_in_every_write(store: Store, match: str) -> None:
    raises_away(lambda: store.keys.add("id", "name", Role.READ, "hash"), match)

    def copy() -> None:
        with store.database.write() as db:
            store.database.add(db, runs, [{"id": "first", **ROW}])

    raises_away(copy, match)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_role_that_may_not_read_or_write_has_a_store_that_is_away(
    database_url: str, admin: psycopg.Connection
) -> None:
    admin.execute("CREATE ROLE guest LOGIN")
    guest = Store(database_url.replace("lab@", "guest@"))
    raises_away(guest.ping, "permission denied")
    raises_away_in_every_write(guest, "permission denied")
    guest.close()
    admin.execute("DROP ROLE guest")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_server_that_takes_no_writes_is_a_store_that_is_away(database_url: str, admin: psycopg.Connection) -> None:
    admin.execute("ALTER DATABASE lab SET default_transaction_read_only = on")
    standby = Store(database_url)
    standby.ping()
    raises_away_in_every_write(standby, "read-only transaction")
    standby.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("SELECT nothing FROM runs", exc.ProgrammingError),
        ("SELEKT 1", exc.ProgrammingError),
        ("SELECT 1 / 0", exc.DataError),
    ],
)
def test_a_bug_of_ours_stays_loud(store: Store, statement: str, fault: type[Exception]) -> None:
    with pytest.raises(fault), store.database.read() as db:
        db.execute(text(statement))


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_bug_in_what_is_copied_stays_loud(store: Store) -> None:
    with pytest.raises(psycopg.IntegrityError), store.database.write() as db:
        store.database.add(db, runs, [{"id": "no cell", **ROW}])


def test_a_statement_that_is_wrong_is_not_taken_for_a_database_that_is_away(store: Store) -> None:
    with pytest.raises(exc.IntegrityError), store.database.write() as db:
        db.execute(runs.insert().values(id="no cell", **ROW))
