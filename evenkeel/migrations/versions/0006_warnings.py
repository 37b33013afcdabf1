"""Adds the warning of a worker: something that should be fixed but does not keep the worker from training.

The migration only adds a column that may be empty. Workers and APIs of the previous version keep working with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("workers", sa.Column("warning", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("workers", "warning")
