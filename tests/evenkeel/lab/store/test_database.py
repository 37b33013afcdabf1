"""A database that is away has one name, whatever SQLAlchemy and the drivers call it."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from records import claim_run, make_cell
from sqlalchemy import exc, text

from evenkeel.lab.store import SchemaError, Store, StoreAway, now_ms
from evenkeel.lab.store.schema import runs
from evenkeel.lab.workers import Taker, Worker

CALLS: dict[str, Callable[[Store], object]] = {
    "ping": lambda store: store.ping(),
    "grids.ensure": lambda store: store.grids.ensure("exp", [make_cell()], [0]),
    "experiments.all": lambda store: store.experiments.all(),
    "experiments.cancel": lambda store: store.experiments.cancel("exp"),
    "runs.all": lambda store: store.runs.all(),
    "curves.seed_runs": lambda store: store.curves.seed_runs([1]),
    "tallies.counts": lambda store: store.tallies.counts(),
    "claims.take": lambda store: store.claims.take(Taker("w", "v"), 60),
    "claims.expire": lambda store: store.claims.expire(3),
    "workers.see": lambda store: store.workers.see(Worker("w", 1, "cpu", "v", now_ms())),
    "duties.hold": lambda store: store.duties.hold("mirror", "w", 60),
    "outbox.unmirrored": lambda store: store.outbox.unmirrored(10),
    "keys.any": lambda store: store.keys.any(),
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


@pytest.fixture(params=["sqlite", "postgres"])
def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A folder in place of SQLite's file; a port that no server listens on."""
    return Store(f"sqlite:///{tmp_path}" if request.param == "sqlite" else "postgresql://lab@127.0.0.1:1/lab")


@pytest.mark.parametrize("name", ["check_schema", "migrate", *CALLS])
def test_a_database_that_does_not_answer_is_away(nowhere: Store, name: str) -> None:
    call = CALLS.get(name, lambda store: getattr(store, name)())
    raises_away(lambda: call(nowhere), "unable to open|connection failed")


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


def test_a_statement_that_is_wrong_is_not_taken_for_a_database_that_is_away(store: Store) -> None:
    with pytest.raises(exc.IntegrityError), store.database.write() as db:
        db.execute(runs.insert().values(id="no cell", **ROW))
