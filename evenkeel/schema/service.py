"""The tables of the service itself: workers, duties, keys, sessions, posts, alerts, and what was deleted."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
)

from evenkeel.schema.metadata import metadata

workers = Table(
    "workers",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("slots", Integer, nullable=False),
    Column("device", String(64), nullable=False),
    Column("code_version", String(64), nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("problem", Text),
    Column("epochs", Integer, nullable=False, server_default="0"),
    Column("epoch_seconds", Float, nullable=False, server_default="0"),
    Column("gpu_used_bytes", BigInteger),
    Column("gpu_total_bytes", BigInteger),
    # Task -> version that it trains. NULL, from a worker that reports no tasks, means {"classification": 1}.
    Column("tasks", JSON),
    Column("warning", Text),
    # Free bytes on the disk of its checkpoints, and the bytes that they take.
    Column("disk_free_bytes", BigInteger),
    Column("disk_used_bytes", BigInteger),
    # The packages of the plug-ins that it can use, such as ["lab-nets==0.1.0"], and the plug-ins that it cannot use.
    # NULL from a worker that reports none.
    Column("plugins", JSON),
    Column("broken", JSON),
)

# What workers and imports have announced. A row stays when its worker leaves, so that old cells stay readable.
plugins = Table(
    "plugins",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("task", String(80), primary_key=True),
    # '' for a task, 'FACTOR=LEVEL' for a level.
    Column("name", String(160), primary_key=True),
    Column("package", String(128), primary_key=True),
    Column("package_version", String(64), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    # When it was last announced. Of two versions, the one that was announced last is the newest.
    Column("changed_ms", BigInteger, nullable=False),
)

# The datasets that are prepared on each worker.
prepared = Table(
    "prepared",
    metadata,
    Column("worker", ForeignKey("workers.name"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("image_size", Integer, primary_key=True),
    Column("num_classes", Integer, nullable=False),
    Column("num_train", Integer, nullable=False),
    Column("num_val", Integer, nullable=False),
    Column("hash", String(16), nullable=False),
)

# Duties, such as the mirror. Each has one holder at a time. `synced_ms` is when its work was last complete.
duties = Table(
    "duties",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("holder", String(128), nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("synced_ms", BigInteger),
)

# API keys. `hash` is `evenkeel.records.keys.hash_secret` of the key's secret. The secret itself is stored nowhere.
keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("role", String(8), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)

# People who signed in with a key in a browser. `hash` is the SHA-256 of the secret that the browser keeps.
sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("key_id", ForeignKey("keys.id"), nullable=False, index=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("ends_ms", BigInteger, nullable=False),
)

# The result of each grid posted under an Idempotency-Key. A repeat of the post gets these counts again.
posts = Table(
    "posts",
    metadata,
    Column("posted_by", String(16), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("created", Integer, nullable=False),
    Column("existing", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

# What a webhook is to hear. `key` names what happened, and what has a row is not noted again.
alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_ms", BigInteger, nullable=False),
    Column("sent_ms", BigInteger),
    Column("error", Text),
)

# Experiments that were deleted. `trashed_ms` is when MLflow's copy was moved to MLflow's trash; NULL until then.
deleted_experiments = Table(
    "deleted_experiments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("mlflow_experiment_id", String(64)),
    Column("deleted_ms", BigInteger, nullable=False),
    Column("trashed_ms", BigInteger),
)

# Runs that were deleted. Each worker removes their checkpoints from its disk, and only theirs: the folder of a run that
# the store does not know may belong to another lab.
deleted_runs = Table(
    "deleted_runs",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("deleted_ms", BigInteger, nullable=False),
)
