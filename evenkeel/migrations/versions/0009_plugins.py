"""Adds what workers announce, the packages that a cell needs, and where imported runs came from.

The migration only adds tables, an index, and columns that may be empty, and widens one. APIs of the previous version
keep working with it. They cannot read cells of announced tasks and levels, and say so. Its workers leave such cells
alone, because they do not train the task or cannot read the level.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

COLUMNS = (("workers", "plugins", sa.JSON()), ("workers", "broken", sa.JSON()), ("cells", "plugins", sa.Text()))
INDEX = ("ix_runs_cell_id_version_created_ms", "runs", ["cell_id", "version", "created_ms"])


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    _resize(64, 80)
    op.create_index(*INDEX)
    op.create_table(
        "plugins",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("task", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(160), primary_key=True),
        sa.Column("package", sa.String(128), primary_key=True),
        sa.Column("package_version", sa.String(64), primary_key=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "imported",
        sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("experiment_id", sa.Integer(), sa.ForeignKey("experiments.id"), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("source_run_id", sa.String(255), nullable=False),
        sa.Column("says", sa.Text(), nullable=False, server_default=""),
        sa.UniqueConstraint("experiment_id", "source_run_id", name="uq_imported_experiment_id_source_run_id"),
    )


def downgrade() -> None:
    op.drop_table("imported")
    op.drop_table("plugins")
    op.drop_index(INDEX[0], INDEX[1])
    _resize(80, 64)
    for table, name, _ in reversed(COLUMNS):
        op.drop_column(table, name)


def _resize(before: int, after: int) -> None:
    # SQLite keeps a text of any length.
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("cells", "task", type_=sa.String(after), existing_type=sa.String(before))
