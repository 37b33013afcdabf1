"""The outbox of alerts. Each is noted once, however many processes see what happened, and stays until it was sent."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from evenkeel.database import Database, batched, clock_ms, ms
from evenkeel.records.alerts import Alert, Kind, NewAlert
from evenkeel.schema import alerts

# The row with this key says since when alerts are noted. Nothing that happened before is told.
SINCE = "since"


class Alerts:
    def __init__(self, database: Database) -> None:
        self.database = database

    def since(self) -> int:
        """Since when alerts are noted, in ms since 1970. The first call says: since now."""
        row = {"key": SINCE, "kind": SINCE, "body": {}, "created_ms": clock_ms(), "next_ms": 0, "sent_ms": 0}
        with self.database.write() as db:
            db.execute(self.database.insert(alerts).values(row).on_conflict_do_nothing(index_elements=["key"]))
            return int(db.scalars(select(alerts.c.created_ms).where(alerts.c.key == SINCE)).one())

    def note(self, news: Sequence[NewAlert]) -> int:
        """Note alerts to be sent, except those whose key was noted before. Returns the number of new ones."""
        noted = 0
        with self.database.write() as db:
            for alert in news:
                body = {"text": alert.text, "facts": dict(alert.facts)}
                now: dict[str, Any] = {"created_ms": clock_ms(), "next_ms": clock_ms()}
                row = {"key": alert.key, "kind": alert.kind, "body": body, **now}
                added = self.database.insert(alerts).values(row).on_conflict_do_nothing(index_elements=["key"])
                noted += db.execute(added.returning(alerts.c.id)).one_or_none() is not None
        return noted

    def known(self, keys: Sequence[str]) -> set[str]:
        """Which of the keys were noted before."""
        with self.database.read() as db:
            query = select(alerts.c.key)
            return {key for some in batched(keys) for key in db.scalars(query.where(alerts.c.key.in_(some)))}

    def due(self, limit: int) -> list[Alert]:
        """At most `limit` alerts that should be sent now, the oldest first."""
        query = select(alerts).where(alerts.c.sent_ms.is_(None), alerts.c.next_ms <= clock_ms())
        with self.database.read() as db:
            return [
                Alert(row.id, row.key, Kind(row.kind), row.body["text"], row.body["facts"], row.created_ms, row.tries)
                for row in db.execute(query.order_by(alerts.c.created_ms, alerts.c.id).limit(limit))
            ]

    def mark_sent(self, alert_id: int) -> None:
        with self.database.write() as db:
            db.execute(update(alerts).where(alerts.c.id == alert_id).values(sent_ms=clock_ms(), error=None))

    def mark_failed(self, alert_id: int, error: str, pause_seconds: float) -> None:
        """Record that an alert could not be sent. It is due again after the pause."""
        values = {"tries": alerts.c.tries + 1, "error": error, "next_ms": clock_ms() + ms(pause_seconds)}
        with self.database.write() as db:
            db.execute(update(alerts).where(alerts.c.id == alert_id).values(values))

    def unsent(self) -> int:
        """The number of alerts that have yet to be sent."""
        with self.database.read() as db:
            return db.scalar(select(func.count()).select_from(alerts).where(alerts.c.sent_ms.is_(None))) or 0
