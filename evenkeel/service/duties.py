"""Duties, such as the mirror, that only one worker has at a time."""

from sqlalchemy import or_, update

from evenkeel.database import Database, clock_ms, ms
from evenkeel.schema import duties


class Duties:
    def __init__(self, database: Database) -> None:
        self.database = database

    def hold(self, name: str, holder: str, seconds: float) -> bool:
        """Take a duty, or keep it, for some seconds. False if another holder has it."""
        values = {"name": name, "holder": holder, "until_ms": clock_ms() + ms(seconds)}
        free = or_(duties.c.holder == holder, duties.c.until_ms < clock_ms())
        taken = self.database.insert(duties).values(values)
        taken = taken.on_conflict_do_update(index_elements=["name"], set_=values, where=free)
        with self.database.write() as db:
            return db.execute(taken.returning(duties.c.holder)).one_or_none() is not None

    def note_synced(self, name: str, at_ms: int) -> None:
        """Record that a duty's work is complete: nothing older than `at_ms` is left to do."""
        with self.database.write() as db:
            db.execute(update(duties).where(duties.c.name == name).values(synced_ms=at_ms))
