"""The database of every experiment. Only this package and the migrations use SQL.

    store = Store("sqlite:///lab.db")
    store.migrate()
    claim = store.claims.take(taker, lease_seconds=20)

Each file holds one part of the store. All parts share one `Database`.
"""

from evenkeel.lab.store import schema_version
from evenkeel.lab.store.alerts import Alerts
from evenkeel.lab.store.claims import Claims
from evenkeel.lab.store.curves import Curves
from evenkeel.lab.store.database import Database, now_ms
from evenkeel.lab.store.deletions import CellTrains, Deletions, ExperimentTrains
from evenkeel.lab.store.duties import Duties
from evenkeel.lab.store.experiments import Experiments, ThreadsFixed
from evenkeel.lab.store.faults import SchemaError, StoreAway
from evenkeel.lab.store.grids import Grids, KeyReused, Post
from evenkeel.lab.store.happenings import Happenings
from evenkeel.lab.store.keys import Keys
from evenkeel.lab.store.metering import Metering
from evenkeel.lab.store.one_run import OneRun
from evenkeel.lab.store.outbox import Outbox
from evenkeel.lab.store.rules import RuleFixed, Rules
from evenkeel.lab.store.runs import Runs
from evenkeel.lab.store.tallies import Tallies
from evenkeel.lab.store.workers import Workers

__all__ = [
    "CellTrains",
    "ExperimentTrains",
    "KeyReused",
    "Post",
    "RuleFixed",
    "SchemaError",
    "Store",
    "StoreAway",
    "ThreadsFixed",
    "now_ms",
]


class Store:
    """Access to the database. It is thread-safe, and a process needs only one. Every call is one transaction. It raises
    StoreAway if the database is away."""

    def __init__(self, url: str) -> None:
        """Raises SchemaError for a URL that cannot be read."""
        self.database = database = Database(url)
        self.grids = Grids(database)
        self.experiments = Experiments(database)
        self.deletions = Deletions(database)
        self.runs = Runs(database)
        self.one_run = OneRun(database)
        self.rules = Rules(database)
        self.curves = Curves(database)
        self.tallies = Tallies(database)
        self.claims = Claims(database)
        self.workers = Workers(database)
        self.duties = Duties(database)
        self.outbox = Outbox(database)
        self.happenings = Happenings(database)
        self.alerts = Alerts(database)
        self.keys = Keys(database)
        self.metering = Metering(database)

    def migrate(self, revision: str = "head") -> None:
        """Migrate the schema to `revision`. Nothing happens if it is there already. Raises SchemaError if a newer
        version has migrated the database."""
        with self.database.write() as db:
            schema_version.migrate(db, revision)

    def check_schema(self) -> None:
        """Raises SchemaError if the schema is older than this code."""
        with self.database.read() as db:
            schema_version.check(db)

    def ping(self) -> None:
        """Raises StoreAway if the database does not answer or was never migrated."""
        self.database.ping()

    def close(self) -> None:
        self.database.close()
