"""API keys. A revoked one stays, so that a lab which ever had keys never falls back to none."""

from sqlalchemy import func, insert, select, update

from lab.keys import Role
from lab.records import ApiKey
from lab.store.database import Database, now_ms
from lab.store.schema import keys


class Keys(Database):
    def add_key(self, key_id: str, name: str, role: Role, kept_hash: str) -> None:
        values = {"id": key_id, "name": name, "role": role, "hash": kept_hash, "created_ms": now_ms()}
        with self._write() as db:
            db.execute(insert(keys).values(values))

    def list_keys(self) -> list[ApiKey]:
        """Oldest first, revoked ones too."""
        with self._read() as db:
            rows = db.execute(select(keys).order_by(keys.c.created_ms, keys.c.id))
            return [ApiKey(**{**row._mapping, "role": Role(row.role)}) for row in rows]

    def has_keys(self) -> bool:
        """Whether there ever was one."""
        with self._read() as db:
            return bool(db.scalar(select(func.count()).select_from(keys)))

    def revoke_key(self, key_id: str) -> bool:
        """False where there is no such key, or it was revoked before."""
        with self._write() as db:
            live = update(keys).where(keys.c.id == key_id, keys.c.revoked_ms.is_(None))
            return db.execute(live.values(revoked_ms=now_ms())).rowcount == 1
