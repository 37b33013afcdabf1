"""Adds what users need to share a lab: API keys, repeated posts, priorities, and what a worker reports about itself."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

COLUMNS = {
    "experiments": (
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_running", sa.Integer(), nullable=True),
        sa.Column("device", sa.String(length=8), server_default="any", nullable=False),
        sa.Column("served_ms", sa.BigInteger(), server_default="0", nullable=False),
    ),
    "cells": (sa.Column("spec_version", sa.Integer(), server_default="1", nullable=False),),
    "runs": (sa.Column("posted_by", sa.String(length=16), server_default="", nullable=False),),
    "workers": (
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("epochs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("epoch_seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("gpu_used_bytes", sa.BigInteger(), nullable=True),
        sa.Column("gpu_total_bytes", sa.BigInteger(), nullable=True),
    ),
    "duties": (sa.Column("synced_ms", sa.BigInteger(), nullable=True),),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
    )
    op.create_table(
        "posts",
        sa.Column("posted_by", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("existing", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("posted_by", "key", name=op.f("pk_posts")),
    )


def downgrade() -> None:
    op.drop_table("posts")
    op.drop_table("keys")
    for table, columns in reversed(COLUMNS.items()):
        for column in reversed(columns):
            op.drop_column(table, column.name)
