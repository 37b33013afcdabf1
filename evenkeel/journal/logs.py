"""What the attempts at runs printed: the last lines of each."""

from sqlalchemy import exc, literal, select

from evenkeel.database import Database
from evenkeel.schema import logs, runs


class Logs:
    def __init__(self, database: Database) -> None:
        self.database = database

    def write(self, run_id: str, attempt: int, text: str) -> bool:
        """Keep what an attempt printed, in place of what was kept of it before. False if the run was deleted."""
        # Postgres keeps no NUL in a text.
        kept = text.replace("\0", "\\x00")
        its_run = select(runs.c.id, literal(attempt), literal(kept)).where(runs.c.id == run_id)
        row = self.database.insert(logs).from_select(["run_id", "attempt", "text"], its_run)
        row = row.on_conflict_do_update(index_elements=["run_id", "attempt"], set_={"text": kept})
        try:
            with self.database.write() as db:
                return db.execute(row.returning(logs.c.run_id)).one_or_none() is not None
        except exc.IntegrityError:
            # It was deleted meanwhile.
            return False

    def attempts(self, run_id: str) -> list[int]:
        """The numbers of the attempts at a run that printed something, the newest first."""
        printed = select(logs.c.attempt).where(logs.c.run_id == run_id, logs.c.text != "")
        with self.database.read() as db:
            return list(db.scalars(printed.order_by(logs.c.attempt.desc())))

    def read(self, run_id: str, attempt: int) -> str:
        """What an attempt printed; '' if nothing is kept of it."""
        kept = select(logs.c.text).where(logs.c.run_id == run_id, logs.c.attempt == attempt)
        with self.database.read() as db:
            return db.scalar(kept) or ""
