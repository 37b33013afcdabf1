"""What Postgres says of the queries of a claim."""

from sqlalchemy import text

from evenkeel.claims.scheduler import first_run, in_turn, lanes_in_turn
from evenkeel.records.workers import Taker
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
