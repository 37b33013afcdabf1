"""The tables, as SQLAlchemy sees them. Times are milliseconds since 1970 (UTC), MLflow's unit."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

# New cells get this version. Raise it if older workers cannot train them: they leave cells of a higher version alone.
SPEC_VERSION = 2

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("mlflow_experiment_id", String(64)),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("max_running", Integer),
    Column("device", String(8), nullable=False, server_default="any"),
    # When a run of it was last claimed. The experiment that has waited longest comes next.
    Column("served_ms", BigInteger, nullable=False, server_default="0"),
    # The rule by which the lab adds seeds (`PostedRule`), whether it still does, and why.
    Column("rule", JSON),
    Column("rule_going", Boolean, nullable=False, server_default=false()),
    Column("rule_says", Text, nullable=False, server_default=""),
)

cells = Table(
    "cells",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("experiment_id", ForeignKey("experiments.id"), nullable=False),
    Column("hash", String(16), nullable=False, index=True),
    Column("task", String(64), nullable=False, server_default="classification"),
    Column("task_version", Integer, nullable=False, server_default="1"),
    # Only the levels that differ from the defaults.
    Column("levels", JSON, nullable=False),
    # Epochs of each of its runs. No default: a version that does not know this column cannot post an incomplete cell.
    Column("epochs", Integer, nullable=False),
    # 'name-size' of the dataset that a worker must have prepared to train it.
    Column("needs", String(80)),
    Column("mlflow_run_id", String(32)),
    Column("spec_version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("experiment_id", "hash"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("cell_id", ForeignKey("cells.id"), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("outcome", String(16)),
    Column("attempt", Integer, nullable=False, default=0, server_default="0"),
    Column("crashes", Integer, nullable=False, default=0, server_default="0"),
    Column("num_epochs", Integer, nullable=False, default=0, server_default="0"),
    Column("diverged_epoch", Integer),
    Column("error", Text),
    Column("worker", String(128)),
    Column("code_version", String(64)),
    Column("lease_until_ms", BigInteger),
    Column("cancel_requested", Boolean, nullable=False, default=False, server_default=false()),
    Column("posted_by", String(16), nullable=False, server_default=""),
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger),
    Column("ended_ms", BigInteger),
    Column("checkpoint_epoch", Integer),
    Column("checkpoint_path", Text),
    Column("checkpoint_sha256", String(64)),
    Column("dataset_hash", String(16)),
    Column("version", Integer, nullable=False, default=0, server_default="0"),
    Column("mirrored_version", Integer, nullable=False, default=0, server_default="0"),
    Column("mirrored_attempt", Integer, nullable=False, default=0, server_default="0"),
    Column("mirrored_epoch", Integer, nullable=False, default=0, server_default="0"),
    Column("mirrored_checkpoint", Integer, nullable=False, default=0, server_default="0"),
    Column("mlflow_run_id", String(32)),
    UniqueConstraint("cell_id", "seed"),
)

epochs = Table(
    "epochs",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    # Metric -> number; null if it is not known, or is NaN or infinite, which JSON cannot express.
    Column("measured", JSON, nullable=False),
    Column("epoch_seconds", Float, nullable=False),
    Column("logged_ms", BigInteger, nullable=False),
)

# The packed curves of each finished run, which no longer change: see `evenkeel.lab.store.curves`.
curves = Table(
    "curves",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("metrics", Text, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)

# Which validation examples each finished run has right, eight examples to a byte.
correct = Table(
    "correct",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("num_examples", Integer, nullable=False),
    Column("bits", LargeBinary, nullable=False),
)

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
