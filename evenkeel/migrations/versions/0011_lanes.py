"""Adds lanes (the runs of an experiment that the same workers can train), kept counts of runs, and indexes of the runs
that wait, train, or have something to copy. A claim then takes as long whether ten runs wait or a million.

The migration adds tables, triggers, indexes, and columns that may be empty. Workers and APIs of the previous version
keep working with it: triggers count what they change, and workers of this version find the lanes of what they post.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# name -> (table, columns, which rows)
INDEXES = {
    "ix_cells_without_lane": ("cells", ["id"], "lane_id IS NULL"),
    "ix_runs_queue": ("runs", ["lane_id", "created_ms", "seed", "cell_id"], "status = 'queued'"),
    "ix_runs_training": ("runs", ["lane_id"], "status = 'running'"),
    "ix_runs_in_flight": ("runs", ["posted_by"], "status IN ('queued', 'paused', 'running')"),
    "ix_runs_unmirrored": ("runs", ["started_ms", "id"], "version > mirrored_version"),
    "ix_runs_unsent": ("runs", ["id"], "checkpoint_epoch > mirrored_checkpoint"),
    "ix_runs_without_lane": ("runs", ["cell_id"], "lane_id IS NULL"),
    "ix_runs_ended_ms": ("runs", ["ended_ms"], "ended_ms IS NOT NULL"),
}

SAME = (
    "lanes.experiment_id = cells.experiment_id AND lanes.task = cells.task "
    "AND lanes.task_version = cells.task_version AND lanes.spec_version = cells.spec_version "
    "AND lanes.needs = COALESCE(cells.needs, '') AND lanes.plugins = COALESCE(cells.plugins, '')"
)
FILL = (
    "INSERT INTO lanes (experiment_id, task, task_version, spec_version, needs, plugins) "
    "SELECT DISTINCT experiment_id, task, task_version, spec_version, COALESCE(needs, ''), COALESCE(plugins, '') "
    "FROM cells",
    f"UPDATE cells SET lane_id = (SELECT lanes.id FROM lanes WHERE {SAME})",  # noqa: S608
    "UPDATE runs SET lane_id = (SELECT cells.lane_id FROM cells WHERE cells.id = runs.cell_id)",
)

COUNTED = "(lane_id, status, outcome, n, at_ms)"
# Each takes the name of the row.
SQLITE_AT = "MAX({0}.created_ms, COALESCE({0}.started_ms, 0), COALESCE({0}.ended_ms, 0))"
POSTGRES_AT = "GREATEST({0}.created_ms, {0}.started_ms, {0}.ended_ms)"
MOVED = "(OLD.status, OLD.outcome, OLD.lane_id) {} (NEW.status, NEW.outcome, NEW.lane_id)"


def _count_on_sqlite(row: str, more: int, at: str) -> str:
    """The statements that count one run more or less. SQLite has one writer, so nobody waits for the row."""
    same = f"lane_id IS {row}.lane_id AND status = {row}.status AND outcome IS {row}.outcome"
    values = f"{row}.lane_id, {row}.status, {row}.outcome, {more}, {at}"
    return (
        f"UPDATE run_counts SET n = n + {more}, at_ms = MAX(at_ms, {at}) WHERE {same}; "  # noqa: S608
        f"INSERT INTO run_counts {COUNTED} SELECT {values} WHERE CHANGES() = 0;"
    )


ONE_MORE = _count_on_sqlite("NEW", 1, SQLITE_AT.format("NEW"))
ONE_LESS = _count_on_sqlite("OLD", -1, "0")
ON_SQLITE = (
    f"CREATE TRIGGER runs_added AFTER INSERT ON runs BEGIN {ONE_MORE} END",
    f"CREATE TRIGGER runs_deleted AFTER DELETE ON runs BEGIN {ONE_LESS} END",
    "CREATE TRIGGER runs_moved AFTER UPDATE OF status, outcome, lane_id ON runs "
    f"WHEN {MOVED.format('IS NOT')} BEGIN {ONE_LESS} {ONE_MORE} END",
)


def _count_on_postgres(table: str, sign: str, at: str) -> str:
    counted = f"SELECT lane_id, status, outcome, {sign}COUNT(*), MAX({at}) FROM {table} GROUP BY 1, 2, 3;"  # noqa: S608
    return f"INSERT INTO run_counts {COUNTED} {counted}"


BEFORE = "(OLD.lane_id, OLD.status, OLD.outcome, -1, 0)"
AFTER = f"(NEW.lane_id, NEW.status, NEW.outcome, 1, {POSTGRES_AT.format('NEW')})"
FUNCTIONS = {
    "runs_added": _count_on_postgres("fresh", "", POSTGRES_AT.format("fresh")),
    "runs_deleted": _count_on_postgres("gone", "-", "0"),
    "runs_moved": f"INSERT INTO run_counts {COUNTED} VALUES {BEFORE}, {AFTER};",  # noqa: S608
}
# A post or a deletion of many runs adds one row for each status. A single run that moves adds two.
ON_POSTGRES = (
    *(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
        for name, body in FUNCTIONS.items()
    ),
    "CREATE TRIGGER runs_added AFTER INSERT ON runs REFERENCING NEW TABLE AS fresh "
    "FOR EACH STATEMENT EXECUTE FUNCTION runs_added()",
    "CREATE TRIGGER runs_deleted AFTER DELETE ON runs REFERENCING OLD TABLE AS gone "
    "FOR EACH STATEMENT EXECUTE FUNCTION runs_deleted()",
    "CREATE TRIGGER runs_moved AFTER UPDATE OF status, outcome, lane_id ON runs FOR EACH ROW "
    f"WHEN ({MOVED.format('IS DISTINCT FROM')}) EXECUTE FUNCTION runs_moved()",
)


def upgrade() -> None:
    op.create_table(
        "lanes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("experiment_id", sa.Integer(), sa.ForeignKey("experiments.id"), nullable=False),
        sa.Column("task", sa.String(80), nullable=False),
        sa.Column("task_version", sa.Integer(), nullable=False),
        sa.Column("spec_version", sa.Integer(), nullable=False),
        sa.Column("needs", sa.String(80), nullable=False),
        sa.Column("plugins", sa.Text(), nullable=False),
    )
    op.create_index("ix_lanes_experiment_id", "lanes", ["experiment_id"])
    op.create_table(
        "run_counts",
        sa.Column("lane_id", sa.Integer()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_run_counts_status_lane_id", "run_counts", ["status", "lane_id"])
    for table in ("cells", "runs"):
        op.add_column(table, sa.Column("lane_id", sa.Integer()))
    on_sqlite = op.get_context().dialect.name == "sqlite"
    at = (SQLITE_AT if on_sqlite else POSTGRES_AT).format("runs")
    for statement in (*FILL, _count_on_postgres("runs", "", at)):
        op.execute(statement)
    for name, (table, columns, rows) in INDEXES.items():
        op.create_index(name, table, columns, postgresql_where=sa.text(rows), sqlite_where=sa.text(rows))
    for statement in ON_SQLITE if on_sqlite else ON_POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    on_postgres = op.get_context().dialect.name == "postgresql"
    for name in FUNCTIONS:
        op.execute(f"DROP TRIGGER {name}" + (" ON runs" if on_postgres else ""))
        if on_postgres:
            op.execute(f"DROP FUNCTION {name}()")
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table)
    for table in ("cells", "runs"):
        op.drop_column(table, "lane_id")
    for table in ("run_counts", "lanes"):
        op.drop_table(table)
