"""Lets a finished run do without a row for each epoch: its packed curves then also say when each epoch was logged.

The migration adds a column that may be empty. Workers and APIs of the previous version keep working with it, until
`evenkeel compact` is run: they would find no epochs of the runs whose rows it drops.
"""

import math
from typing import Any

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

RUNS_AT_ONCE = 200

EPOCHS = sa.table(
    "epochs",
    *(sa.column(name, kind) for name, kind in (("run_id", sa.String), ("attempt", sa.Integer), ("epoch", sa.Integer))),
    *(sa.column("measured", sa.JSON), sa.column("epoch_seconds", sa.Float), sa.column("logged_ms", sa.BigInteger)),
)


def upgrade() -> None:
    op.add_column("curves", sa.Column("logged", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    _rows_again()
    op.drop_column("curves", "logged")


def _rows_again() -> None:
    """Give the runs a row for each epoch again. The previous version would know no epoch of these runs without."""
    connection = op.get_bind()
    query = "SELECT r.id, r.attempt, c.metrics, c.packed, c.logged FROM curves c JOIN runs r ON r.id = c.run_id "
    found = connection.execute(sa.text(f"{query} WHERE c.logged IS NOT NULL ORDER BY r.id"))
    for some in found.partitions(RUNS_AT_ONCE):
        rows = [row for run in some for row in _rows(*run)]
        connection.execute(sa.insert(EPOCHS), rows)


def _rows(run_id: str, attempt: int, metrics: str, packed: bytes, logged: bytes) -> list[dict[str, Any]]:
    times = np.frombuffer(logged, "<i8").tolist()
    values = np.frombuffer(packed, "<f8").reshape(-1, len(times)).tolist()
    known = [[None if math.isnan(value) else value for value in curve] for curve in values]
    curves = dict(zip(metrics.split(","), known, strict=True))
    seconds = curves.pop("epoch_seconds")
    return [
        {
            **{"run_id": run_id, "attempt": attempt, "epoch": place + 1, "logged_ms": at_ms},
            **{"epoch_seconds": seconds[place], "measured": {name: curve[place] for name, curve in curves.items()}},
        }
        for place, at_ms in enumerate(times)
    ]
