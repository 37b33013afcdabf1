"""The record of every experiment. Only this package and the migrations speak SQL.

    store = Store("sqlite:///lab.db")
    store.migrate()
    claim = store.claims.take(taker, lease_seconds=20)

One part a file, each over the same `Database`.
"""

from evenkeel.lab.store import schema_version
from evenkeel.lab.store.claims import Claims
from evenkeel.lab.store.curves import Curves
from evenkeel.lab.store.database import Database, now_ms
from evenkeel.lab.store.duties import Duties
from evenkeel.lab.store.experiments import CellTrains, Experiments
from evenkeel.lab.store.faults import SchemaError, StoreAway
from evenkeel.lab.store.grids import Grids, KeyReused, Post
from evenkeel.lab.store.keys import Keys
from evenkeel.lab.store.metering import Metering
from evenkeel.lab.store.outbox import Outbox
from evenkeel.lab.store.runs import Runs
from evenkeel.lab.store.tallies import Tallies
from evenkeel.lab.store.workers import Workers

__all__ = ["CellTrains", "KeyReused", "Post", "SchemaError", "Store", "StoreAway", "now_ms"]


class Store:
    """Thread-safe; one a process. Every call is one transaction, and raises StoreAway where the database is away."""

    def __init__(self, url: str) -> None:
        """Raises SchemaError for a URL that cannot be read."""
        self.database = database = Database(url)
        self.grids = Grids(database)
        self.experiments = Experiments(database)
        self.runs = Runs(database)
        self.curves = Curves(database)
        self.tallies = Tallies(database)
        self.claims = Claims(database)
        self.workers = Workers(database)
        self.duties = Duties(database)
        self.outbox = Outbox(database)
        self.keys = Keys(database)
        self.metering = Metering(database)

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema to `revision`; nothing happens where it is there already. Raises SchemaError where a newer
        version has migrated it."""
        with self.database.write() as db:
            schema_version.migrate(db, revision)

    def check_schema(self) -> None:
        """Raises SchemaError where the schema is older than this code."""
        with self.database.read() as db:
            schema_version.check(db)

    def ping(self) -> None:
        """Raises StoreAway where the database does not answer or was never migrated."""
        self.database.ping()

    def close(self) -> None:
        self.database.close()
