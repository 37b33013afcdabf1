"""What Postgres says of the queries of a claim, and of the size of the store."""

from sqlalchemy import func, select, text

from evenkeel.claims.scheduler import first_run, in_turn, lanes_in_turn
from evenkeel.records.workers import Taker
from evenkeel.schema import runs
from evenkeel.store import Store


def explained(store: Store, taker: Taker) -> list[str]:
    """[milliseconds of the two queries in Postgres, pages of 8 kB that they read], by EXPLAIN (ANALYZE, BUFFERS)."""
    took, read = 0.0, 0
    with store.database.read() as db:
        first, parameters = first_run(next(lanes_in_turn(db, in_turn(taker))), ())
        for query in (in_turn(taker), first.params(parameters)):
            written = query.compile(store.database.engine, compile_kwargs={"literal_binds": True})
            [plan] = db.scalar(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {written}".replace(":", "\\:")))
            took += plan["Execution Time"]
            read += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    return [f"{took:.2f}", f"{read:,}"]


def sizes(store: Store) -> str:
    """What a run and a million epochs take, with their indexes."""
    query = text("SELECT pg_total_relation_size('runs'), pg_total_relation_size('epochs'), COUNT(*) FROM epochs")
    with store.database.read() as db:
        of_runs, of_epochs, epochs = db.execute(query).one()
        number = db.scalar(select(func.count()).select_from(runs)) or 1
    million = f"{of_epochs / max(1, epochs):,.0f} MB" if epochs else "-"
    return f"a run takes {of_runs / number:,.0f} bytes, a million epochs {million}"
