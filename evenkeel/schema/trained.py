"""The tables of what was trained: runs, their attempts, epochs and logs."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    false,
    literal,
)
from sqlalchemy.sql import ColumnElement

from evenkeel.schema.metadata import metadata, where

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
    Column("pause_requested", Boolean, nullable=False, default=False, server_default=false()),
    Column("posted_by", String(16), nullable=False, server_default=""),
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger),
    Column("ended_ms", BigInteger),
    Column("checkpoint_epoch", Integer),
    Column("checkpoint_path", Text),
    Column("checkpoint_sha256", String(64)),
    Column("dataset_hash", String(16)),
    # Hash of what the current attempt computes with: see the column of `attempts`.
    Column("arithmetic", String(16)),
    Column("version", Integer, nullable=False, default=0, server_default="0"),
    Column("mirrored_version", Integer, nullable=False, default=0, server_default="0"),
    Column("mirrored_attempt", Integer, nullable=False, default=0, server_default="0"),
    Column("mirrored_epoch", Integer, nullable=False, default=0, server_default="0"),
    Column("mirrored_checkpoint", Integer, nullable=False, default=0, server_default="0"),
    Column("mlflow_run_id", String(32)),
    # The lane of its cell, and NULL with it.
    Column("lane_id", Integer),
    UniqueConstraint("cell_id", "seed"),
    Index(None, "cell_id", "version", "created_ms"),
)
# Each of these holds few rows, however many runs have finished. In a lane, runs are taken in the order of the first.
Index("ix_runs_queue", *(runs.c[n] for n in ("lane_id", "created_ms", "seed", "cell_id")), **where("status = 'queued'"))
Index("ix_runs_training", runs.c.lane_id, **where("status = 'running'"))
Index("ix_runs_in_flight", runs.c.posted_by, **where("status IN ('queued', 'paused', 'running')"))
Index("ix_runs_unmirrored", runs.c.started_ms, runs.c.id, **where("version > mirrored_version"))
Index("ix_runs_unsent", runs.c.id, **where("checkpoint_epoch > mirrored_checkpoint"))
Index("ix_runs_without_lane", runs.c.cell_id, **where("lane_id IS NULL"))
# For what has happened lately.
Index("ix_runs_ended_ms", runs.c.ended_ms, **where("ended_ms IS NOT NULL"))


def has_status(*statuses: str) -> ColumnElement[bool]:
    """The run has one of these. They are written out, so that an index of some of the rows can be used."""
    if len(statuses) == 1:
        return runs.c.status == literal(str(statuses[0]), String, literal_execute=True)
    return runs.c.status.in_(bindparam(None, [*map(str, statuses)], String, expanding=True, literal_execute=True))


# Runs that were trained elsewhere, and where each came from.
imported = Table(
    "imported",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("experiment_id", ForeignKey("experiments.id"), nullable=False),
    Column("source", String(255), nullable=False),
    Column("source_run_id", String(255), nullable=False),
    # What is worth knowing about it, such as a param that it lacks.
    Column("says", Text, nullable=False, server_default=""),
    # The same runs may be imported into several experiments.
    UniqueConstraint("experiment_id", "source_run_id"),
)

# Each time that a worker took a run, and what became of it.
attempts = Table(
    "attempts",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("worker", String(128)),
    Column("code_version", String(64)),
    Column("began_ms", BigInteger),
    Column("ended_ms", BigInteger),
    # The epoch, and the number of batches of the next epoch, that its checkpoint had trained; 0 without a checkpoint.
    Column("from_epoch", Integer, nullable=False, server_default="0"),
    Column("from_step", Integer, nullable=False, server_default="0"),
    # The same of its own newest checkpoint.
    Column("to_epoch", Integer, nullable=False, server_default="0"),
    Column("to_step", Integer, nullable=False, server_default="0"),
    # Why it began where it did, if that needs a word.
    Column("says", Text, nullable=False, server_default=""),
    # What it computes with: torch, device, driver, CPU capability, threads. NULL from versions that did not record it.
    Column("arithmetic", JSON),
    # How it ended (`evenkeel.records.endings`), and the error in words. NULL while it goes on.
    Column("ending", String(32)),
    Column("error", Text),
)

# The last lines that each attempt printed.
logs = Table(
    "logs",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("text", Text, nullable=False),
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

# The packed curves of each finished run, which no longer change: see `evenkeel.claims.packing`.
curves = Table(
    "curves",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("metrics", Text, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    # When each epoch was logged, in ms since 1970, as little-endian int64. Empty as long as the epochs have rows.
    Column("logged", LargeBinary),
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
