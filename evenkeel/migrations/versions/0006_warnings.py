"""What a worker warns of: something that does not keep it from training.

It only adds a column that may be empty. Workers and APIs of the version before go on beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("workers", sa.Column("warning", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("workers", "warning")
