"""API keys. A revoked key stays in the table, so that a lab which ever had keys never counts as one without keys."""

from sqlalchemy import func, insert, select, update

from evenkeel.database import Database, now_ms
from evenkeel.records.keys import ApiKey, Role
from evenkeel.schema import keys


class Keys:
    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, key_id: str, name: str, role: Role, kept_hash: str) -> None:
        """Store a new key. `kept_hash` is the hash of its secret, as `evenkeel.records.keys.make_key` returns it."""
        values = {"id": key_id, "name": name, "role": role, "hash": kept_hash, "created_ms": now_ms()}
        with self.database.write() as db:
            db.execute(insert(keys).values(values))

    def all(self) -> list[ApiKey]:
        """Every key, oldest first, revoked ones included."""
        with self.database.read() as db:
            rows = db.execute(select(keys).order_by(keys.c.created_ms, keys.c.id))
            return [ApiKey(**{**row._mapping, "role": Role(row.role)}) for row in rows]

    def any(self) -> bool:
        """Whether the lab ever had a key."""
        with self.database.read() as db:
            return bool(db.scalar(select(func.count()).select_from(keys)))

    def revoke(self, key_id: str) -> bool:
        """Revoke a key. False if there is no such key, or if it was revoked before."""
        with self.database.write() as db:
            live = update(keys).where(keys.c.id == key_id, keys.c.revoked_ms.is_(None))
            return db.execute(live.values(revoked_ms=now_ms())).rowcount == 1
