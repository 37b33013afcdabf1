"""Adds the attempts of runs, pauses, the threads of an experiment, the disks of workers, alerts, and what was deleted.

The attempts of earlier versions are filled in from what is known of each run's last one. The migration only adds tables
and columns that have defaults. APIs of the previous version keep working with it. Stop its workers: they write no
attempts, and they start a run from its first epoch again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

COLUMNS = (
    ("experiments", "paused", sa.Boolean(), sa.false()),
    ("experiments", "threads", sa.Integer(), "1"),
    ("runs", "pause_requested", sa.Boolean(), sa.false()),
    ("runs", "arithmetic", sa.String(16), None),
    ("workers", "disk_free_bytes", sa.BigInteger(), None),
    ("workers", "disk_used_bytes", sa.BigInteger(), None),
)


def upgrade() -> None:
    for table, name, kind, default in COLUMNS:
        op.add_column(table, sa.Column(name, kind, server_default=default, nullable=default is None))
    op.create_table(
        "attempts",
        sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("attempt", sa.Integer(), primary_key=True),
        sa.Column("worker", sa.String(128)),
        sa.Column("code_version", sa.String(64)),
        sa.Column("began_ms", sa.BigInteger()),
        sa.Column("ended_ms", sa.BigInteger()),
        sa.Column("from_epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("from_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("to_epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("to_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("says", sa.Text(), server_default="", nullable=False),
        sa.Column("arithmetic", sa.JSON()),
        sa.Column("ending", sa.String(32)),
        sa.Column("error", sa.Text()),
    )
    # A queued run whose last attempt ended says nothing of when. Its error says why.
    op.execute(
        "INSERT INTO attempts (run_id, attempt, worker, code_version, began_ms, ended_ms, ending, error) "
        "SELECT id, attempt, worker, code_version, started_ms, ended_ms, "
        "CASE WHEN status IN ('finished', 'cancelled') THEN status WHEN status = 'running' THEN NULL "
        "WHEN error LIKE 'the worker did not renew its lease in time%' THEN 'lost' "
        "WHEN error LIKE 'the training process %' THEN 'died' "
        "WHEN error LIKE 'the run took longer than %' THEN 'deadline' "
        "WHEN status = 'failed' THEN 'error' WHEN error IS NULL THEN 'stopped' ELSE 'died' END, error "
        "FROM runs WHERE attempt > 0"
    )
    # MLflow's copy of a run is now the same in all its attempts. The copy of an earlier one is not.
    op.execute(
        "UPDATE runs SET mlflow_run_id = NULL, mirrored_epoch = 0, mirrored_checkpoint = 0 "
        "WHERE mirrored_attempt <> attempt"
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.UniqueConstraint("key", name="uq_alerts_key"),
    )
    op.create_table(
        "deleted_experiments",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("mlflow_experiment_id", sa.String(64)),
        sa.Column("deleted_ms", sa.BigInteger(), nullable=False),
        sa.Column("trashed_ms", sa.BigInteger()),
    )
    op.create_table(
        "deleted_runs",
        sa.Column("run_id", sa.String(32), primary_key=True),
        sa.Column("deleted_ms", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    for table in ("deleted_runs", "deleted_experiments", "alerts"):
        op.drop_table(table)
    op.drop_table("attempts")
    for table, name, _, _ in reversed(COLUMNS):
        op.drop_column(table, name)
