"""Adds the datasets that runs learn from, and diagnostics that tell why a run was unstable."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

DIAGNOSTICS = ("grad_norm_mean", "grad_norm_max", "update_ratio", "loss_jump", "dead_units")


def upgrade() -> None:
    op.add_column("runs", sa.Column("dataset_hash", sa.String(length=16), nullable=True))
    for name in DIAGNOSTICS:
        op.add_column("epochs", sa.Column(name, sa.Float(), nullable=True))
    op.create_table(
        "prepared",
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("image_size", sa.Integer(), nullable=False),
        sa.Column("num_classes", sa.Integer(), nullable=False),
        sa.Column("num_train", sa.Integer(), nullable=False),
        sa.Column("num_val", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["worker"], ["workers.name"], name=op.f("fk_prepared_worker")),
        sa.PrimaryKeyConstraint("worker", "name", "image_size", name=op.f("pk_prepared")),
    )


def downgrade() -> None:
    op.drop_table("prepared")
    for name in reversed(DIAGNOSTICS):
        op.drop_column("epochs", name)
    op.drop_column("runs", "dataset_hash")
