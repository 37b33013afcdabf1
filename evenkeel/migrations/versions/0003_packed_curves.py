"""Packs the curves of each finished run into one row. Adds a table of the validation examples that a run has right."""

from itertools import groupby

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

METRICS = (
    *("train_accuracy", "val_accuracy", "train_loss", "val_loss"),
    *("grad_norm_mean", "grad_norm_max", "update_ratio", "loss_jump", "dead_units", "epoch_seconds"),
)


def upgrade() -> None:
    curves = op.create_table(
        "curves",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_curves_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_curves")),
    )
    op.create_table(
        "correct",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("num_examples", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_correct_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_correct")),
    )
    _pack_what_has_finished(curves)


def downgrade() -> None:
    op.drop_table("correct")
    op.drop_table("curves")


def _pack_what_has_finished(curves: sa.Table) -> None:
    connection = op.get_bind()
    query = sa.text(
        f"SELECT r.id, {', '.join(METRICS)} FROM runs r JOIN epochs e ON e.run_id = r.id AND e.attempt = r.attempt "  # noqa: S608
        "WHERE r.status = 'finished' ORDER BY r.id, e.epoch"
    )
    found = connection.execute(query).all()
    rows = [
        {
            "run_id": run_id,
            "metrics": ",".join(METRICS),
            "packed": np.array([row[1:] for row in epochs], "<f8").T.tobytes(),
        }
        for run_id, epochs in groupby(found, key=lambda row: row[0])
    ]
    if rows:
        connection.execute(sa.insert(curves), rows)
