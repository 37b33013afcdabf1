"""Sessions of people who signed in with a key in a browser. The browser keeps a secret, the store only its hash."""

from sqlalchemy import delete, insert, select

from evenkeel.database import Database, clock_ms, ms
from evenkeel.records.keys import Session
from evenkeel.schema import keys, sessions


class Sessions:
    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, kept_hash: str, key_id: str, seconds: float) -> None:
        """Begin a session.

        Args:
            kept_hash: The SHA-256 of the secret that the browser gets, as 64 hex digits (`records.keys.hash_secret`).
            key_id: id of the key that the person signed in with.
            seconds: How long the session lasts.
        """
        values = {"hash": kept_hash, "key_id": key_id, "created_ms": clock_ms(), "ends_ms": clock_ms() + ms(seconds)}
        with self.database.write() as db:
            db.execute(insert(sessions).values(values))

    def find(self, kept_hash: str) -> str | None:
        """The id of the key of a session; None if there is no such session, if it is over, or if its key was
        revoked."""
        live = sessions.c.ends_ms > clock_ms(), keys.c.revoked_ms.is_(None)
        with self.database.read() as db:
            found = select(sessions.c.key_id).join(keys, keys.c.id == sessions.c.key_id)
            return db.scalar(found.where(sessions.c.hash == kept_hash, *live))

    def of(self, key_id: str) -> list[Session]:
        """The sessions of a key that are not over, the newest first."""
        live = sessions.c.key_id == key_id, sessions.c.ends_ms > clock_ms()
        with self.database.read() as db:
            rows = db.execute(select(sessions).where(*live).order_by(sessions.c.created_ms.desc(), sessions.c.hash))
            return [Session(**row._mapping) for row in rows]

    def end(self, kept_hash: str) -> bool:
        """End a session. False if there is none."""
        with self.database.write() as db:
            return db.execute(delete(sessions).where(sessions.c.hash == kept_hash)).rowcount == 1

    def end_all(self, key_id: str) -> int:
        """End every session of a key. Returns their number."""
        with self.database.write() as db:
            return db.execute(delete(sessions).where(sessions.c.key_id == key_id)).rowcount

    def clean(self) -> int:
        """Delete the sessions that are over. Returns their number."""
        with self.database.write() as db:
            return db.execute(delete(sessions).where(sessions.c.ends_ms <= clock_ms())).rowcount
