"""The tables of the queue: which runs wait for the same kind of worker, and how many runs have each status."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from evenkeel.schema.metadata import metadata

# A lane holds the runs of an experiment that the same workers can train: what its columns say is the same in all their
# cells. So whether a worker may take a run is asked once a lane, and not once a run.
lanes = Table(
    "lanes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("experiment_id", ForeignKey("experiments.id"), nullable=False, index=True),
    Column("task", String(80), nullable=False),
    Column("task_version", Integer, nullable=False),
    Column("spec_version", Integer, nullable=False),
    # As in `cells`, but '' in place of NULL.
    Column("needs", String(80), nullable=False),
    Column("plugins", Text, nullable=False),
)

# How many runs of a lane have a status and an outcome: the sum of `n` over the rows. Triggers of the database write
# them, in the transaction that changes the run, whichever version or person changes it. Postgres adds a row for each
# change, so that no two transactions wait for the same row; `evenkeel.claims.lanes` sums them up now and then.
run_counts = Table(
    "run_counts",
    metadata,
    # NULL for runs that an earlier version has just posted: see `evenkeel.claims.lanes`.
    Column("lane_id", Integer),
    Column("status", String(16), nullable=False),
    Column("outcome", String(16)),
    Column("n", BigInteger, nullable=False),
    # When a run last came to this status: the latest of when it was posted, began and ended.
    Column("at_ms", BigInteger, nullable=False),
    Index(None, "status", "lane_id"),
)
