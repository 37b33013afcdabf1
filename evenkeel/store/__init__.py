"""The database of every experiment. Only this package and the migrations use SQL.

    store = Store("sqlite:///lab.db")
    store.migrate()
    claim = store.claims.take(taker, lease_seconds=20)

Each file holds one part of the store. All parts share one `Database`.
"""

from evenkeel.claims import Claims
from evenkeel.claims.lanes import Lanes
from evenkeel.database import Database, now_ms
from evenkeel.database.faults import StoreAway
from evenkeel.journal.events import Events
from evenkeel.journal.logs import Logs
from evenkeel.schema import version
from evenkeel.schema.version import SchemaError
from evenkeel.service.alerts import Alerts
from evenkeel.service.duties import Duties
from evenkeel.service.keys import Keys
from evenkeel.service.metering import Metering
from evenkeel.service.plugins import Plugins
from evenkeel.service.sessions import Sessions
from evenkeel.service.workers import Workers
from evenkeel.store.compacting import Compacting
from evenkeel.store.curves import Curves
from evenkeel.store.deletions import CellTrains, Deletions, ExperimentTrains
from evenkeel.store.experiments import Experiments, ThreadsFixed
from evenkeel.store.grids import Grids
from evenkeel.store.happenings import Happenings
from evenkeel.store.imports import Imports
from evenkeel.store.matrix import Matrix
from evenkeel.store.more_seeds import MoreSeeds, NoSeedsLeft
from evenkeel.store.one_run import OneRun
from evenkeel.store.outbox import Outbox
from evenkeel.store.posts import KeyReused, Post, Posts
from evenkeel.store.quota import Charge
from evenkeel.store.rules import RuleFixed, Rules
from evenkeel.store.runs import Runs
from evenkeel.store.stamps import Stamps
from evenkeel.store.tallies import Tallies
from evenkeel.store.timings import Timings

__all__ = [
    "CellTrains",
    "Charge",
    "ExperimentTrains",
    "KeyReused",
    "NoSeedsLeft",
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
        self.more_seeds = MoreSeeds(database)
        self.posts = Posts(database)
        self.experiments = Experiments(database)
        self.deletions = Deletions(database)
        self.events = Events(database)
        self.logs = Logs(database)
        self.runs = Runs(database)
        self.matrix = Matrix(database)
        self.one_run = OneRun(database)
        self.rules = Rules(database)
        self.curves = Curves(database)
        self.compacting = Compacting(database)
        self.tallies = Tallies(database)
        self.stamps = Stamps(database)
        self.timings = Timings(database)
        self.claims = Claims(database)
        self.lanes = Lanes(database)
        self.workers = Workers(database)
        self.plugins = Plugins(database)
        self.imports = Imports(database, self.plugins)
        self.duties = Duties(database)
        self.outbox = Outbox(database)
        self.happenings = Happenings(database)
        self.alerts = Alerts(database)
        self.keys = Keys(database)
        self.sessions = Sessions(database)
        self.metering = Metering(database)

    def migrate(self, revision: str = "head") -> None:
        """Migrate the schema to `revision`. Nothing happens if it is there already. Raises SchemaError if a newer
        version has migrated the database."""
        with self.database.write() as db:
            version.migrate(db, revision)

    def check_schema(self) -> None:
        """Raises SchemaError if the schema is older than this code."""
        with self.database.read() as db:
            version.check(db)

    def ping(self) -> None:
        """Raises StoreAway if the database does not answer or was never migrated."""
        self.database.ping()

    def close(self) -> None:
        self.database.close()
