"""Adds what people and rules did (events), what runs printed (logs), notes and tags of experiments, and sessions of
people in a browser.

The migration only adds tables, indexes, and columns with a default. APIs and workers of the previous version keep
working with it: what they do leaves no event and no log.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# Runs that diverged, and attempts that ended badly, newest first. They are few, and so these indexes are small.
DIVERGED = sa.text("outcome = 'diverged'")
BADLY = sa.text("ending IN ('lost', 'died', 'out_of_memory', 'disk_full', 'deadline', 'silent', 'error', 'unreadable')")


def upgrade() -> None:
    op.add_column("experiments", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.add_column("experiments", sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("experiment_id", sa.Integer(), sa.ForeignKey("experiments.id"), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("by", sa.String(16), nullable=False, server_default=""),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(32)),
    )
    op.create_index("ix_events_experiment_id_at_ms", "events", ["experiment_id", "at_ms"])
    op.create_table(
        "logs",
        sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("attempt", sa.Integer(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(16), sa.ForeignKey("keys.id"), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_sessions_key_id", "sessions", ["key_id"])
    op.create_index(
        "ix_runs_diverged", "runs", ["cell_id", "ended_ms"], sqlite_where=DIVERGED, postgresql_where=DIVERGED
    )
    op.create_index("ix_attempts_badly", "attempts", ["ended_ms"], sqlite_where=BADLY, postgresql_where=BADLY)


def downgrade() -> None:
    op.drop_index("ix_attempts_badly", "attempts")
    op.drop_index("ix_runs_diverged", "runs")
    for table in ("sessions", "logs", "events"):
        op.drop_table(table)
    for column in ("tags", "note"):
        op.drop_column("experiments", column)
