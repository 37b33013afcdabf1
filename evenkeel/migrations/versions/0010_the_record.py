"""Adds what happened to experiments (events), what runs printed (logs), notes and tags of experiments, and sessions of
people in a browser. What is known of earlier posts and of runs that went wrong becomes events.

The migration only adds tables, and columns with a default. APIs and workers of the previous version keep working with
it: what they do leaves no event and no log.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# Imports had times of their own.
TRAINED_HERE = "runs.id NOT IN (SELECT run_id FROM imported)"
POSTS = f"""
INSERT INTO events (experiment_id, at_ms, kind, says)
SELECT posts.experiment_id, posts.at_ms,
       CASE WHEN posts.at_ms = firsts.at_ms THEN 'posted' ELSE 'extended' END,
       posts.n || CASE WHEN posts.n = 1 THEN ' run' ELSE ' runs' END
               || CASE WHEN posts.at_ms = firsts.at_ms THEN ' posted' ELSE ' added or queued again' END
FROM (
    SELECT cells.experiment_id AS experiment_id, runs.created_ms AS at_ms, COUNT(*) AS n
    FROM runs JOIN cells ON cells.id = runs.cell_id WHERE {TRAINED_HERE}
    GROUP BY cells.experiment_id, runs.created_ms
) AS posts
JOIN (
    SELECT cells.experiment_id AS experiment_id, MIN(runs.created_ms) AS at_ms
    FROM runs JOIN cells ON cells.id = runs.cell_id WHERE {TRAINED_HERE}
    GROUP BY cells.experiment_id
) AS firsts ON firsts.experiment_id = posts.experiment_id
"""  # noqa: S608
DIVERGED = f"""
INSERT INTO events (experiment_id, at_ms, kind, says, run_id)
SELECT cells.experiment_id, runs.ended_ms, 'diverged', 'diverged in epoch ' || runs.diverged_epoch, runs.id
FROM runs JOIN cells ON cells.id = runs.cell_id
WHERE runs.outcome = 'diverged' AND runs.status = 'finished' AND runs.ended_ms IS NOT NULL
      AND runs.diverged_epoch IS NOT NULL AND {TRAINED_HERE}
"""  # noqa: S608
WENT_WRONG = """
INSERT INTO events (experiment_id, at_ms, kind, says, run_id)
SELECT cells.experiment_id, attempts.ended_ms,
       CASE WHEN runs.status = 'failed' AND runs.attempt = attempts.attempt THEN 'failed' ELSE 'interrupted' END,
       CASE WHEN runs.status = 'failed' AND runs.attempt = attempts.attempt THEN 'failed: '
            ELSE 'was interrupted in attempt ' || attempts.attempt || ': ' END
           || COALESCE(SUBSTR(attempts.error, 1, 200), attempts.ending),
       runs.id
FROM attempts JOIN runs ON runs.id = attempts.run_id JOIN cells ON cells.id = runs.cell_id
WHERE attempts.ended_ms IS NOT NULL AND attempts.ending IN
      ('lost', 'died', 'out_of_memory', 'disk_full', 'deadline', 'silent', 'error', 'unreadable')
"""


def upgrade() -> None:
    op.add_column("experiments", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.add_column("experiments", sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("experiment_id", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("by", sa.String(16), nullable=False, server_default=""),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(32)),
    )
    op.create_index("ix_events_experiment_id_at_ms_id", "events", ["experiment_id", "at_ms", "id"])
    for statement in (POSTS, DIVERGED, WENT_WRONG):
        op.execute(sa.text(statement))
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


def downgrade() -> None:
    for table in ("sessions", "logs", "events"):
        op.drop_table(table)
    for column in ("tags", "note"):
        op.drop_column("experiments", column)
