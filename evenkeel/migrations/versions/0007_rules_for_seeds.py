"""Adds the rules by which the lab adds seeds to an experiment.

The migration only adds columns that have defaults. Workers and APIs of the previous version keep working with it, but
its workers add no seeds.

Looks at the results need no column: `evenkeel.analysis.looks` counts them by the times at which runs were posted and
ended. So the looks of experiments that grew before this migration are counted too.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("rule", sa.JSON(), nullable=True),
    sa.Column("rule_going", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("rule_says", sa.Text(), server_default="", nullable=False),
)


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("experiments", column)


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_column("experiments", column.name)
