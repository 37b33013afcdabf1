"""Stores the values of an epoch by name. A cell also gets its task, the epochs of its runs and the dataset that they
need.

Stop the workers of the previous version first. After the migration they claim nothing, because every cell has
`spec_version` 2: they could no longer record an epoch. A run that one of them still trains is taken back when its lease
expires. An API of the previous version can neither read epochs nor post cells.

Every number stays the same to the last bit. Infinity and NaN become null, because JSON cannot express them. The curves
of finished runs were packed before, so they keep them.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0005"
down_revision = "0004"

REQUIRED = ("train_accuracy", "val_accuracy", "train_loss", "val_loss")
DIAGNOSTICS = ("grad_norm_mean", "grad_norm_max", "update_ratio", "loss_jump", "dead_units")
METRICS = (*REQUIRED, *DIAGNOSTICS)

BUNDLED = ("digits", "synthetic")
CHUNK = 5_000

Row = sa.RowMapping


def upgrade() -> None:
    _rewrite_epochs([sa.Column("measured", sa.JSON(), nullable=False)], _by_name)
    op.add_column("workers", sa.Column("tasks", sa.JSON(), nullable=True))
    op.add_column("cells", sa.Column("task", sa.String(length=64), server_default="classification", nullable=False))
    op.add_column("cells", sa.Column("task_version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("cells", sa.Column("epochs", sa.Integer(), nullable=True))
    op.add_column("cells", sa.Column("needs", sa.String(length=80), nullable=True))
    _fill_cells()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_cells()
    else:
        op.alter_column("cells", "epochs", nullable=False)


def downgrade() -> None:
    """Fails, and changes nothing, if a cell is of another task than classification: schema 0004 would take it for a
    cell of classification. It also fails if an epoch has no value for a metric that every epoch had before."""
    _refuse_other_tasks()
    required = [sa.Column(name, sa.Float(), nullable=False) for name in REQUIRED]
    _rewrite_epochs([*required, *(sa.Column(name, sa.Float(), nullable=True) for name in DIAGNOSTICS)], _by_column)
    op.execute("UPDATE cells SET spec_version = 1")
    for name in ("needs", "epochs", "task_version", "task"):
        op.drop_column("cells", name)
    op.drop_column("workers", "tasks")


def _refuse_other_tasks() -> None:
    query = sa.text("SELECT DISTINCT task FROM cells WHERE task <> 'classification' ORDER BY task")
    if others := op.get_bind().scalars(query).all():
        raise CommandError(f"schema 0004 knows classification alone, and this store has cells of: {', '.join(others)}")


def _by_name(row: Row) -> dict[str, Any]:
    values = {name: row[name] for name in METRICS}
    return {"measured": {n: v if v is not None and math.isfinite(v) else None for n, v in values.items()}}


def _by_column(row: Row) -> dict[str, Any]:
    return {name: row["measured"].get(name) for name in METRICS}


def _rewrite_epochs(columns: Sequence[sa.Column[Any]], values: Callable[[Row], dict[str, Any]]) -> None:
    """Copy the table into a new one that has `columns` for what was measured. `values` computes them from a row of the
    old table."""
    bind = op.get_bind()
    before = sa.Table("epochs", sa.MetaData(), autoload_with=bind)
    op.rename_table("epochs", "epochs_before")
    before.name = "epochs_before"
    if bind.dialect.name == "postgresql":
        op.execute("ALTER TABLE epochs_before RENAME CONSTRAINT pk_epochs TO pk_epochs_before")
    after = op.create_table(
        "epochs",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        *columns,
        sa.Column("epoch_seconds", sa.Float(), nullable=False),
        sa.Column("logged_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_epochs_run_id")),
        sa.PrimaryKeyConstraint("run_id", "attempt", "epoch", name=op.f("pk_epochs")),
    )
    kept = ("run_id", "attempt", "epoch", "epoch_seconds", "logged_ms")
    for rows in _chunks(before, [before.c.run_id, before.c.attempt, before.c.epoch]):
        _add(after, [{name: row[name] for name in kept} | values(row) for row in rows])
    op.drop_table("epochs_before")


def _add(table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows. On Postgres this uses COPY, which takes half the time."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        bind.execute(sa.insert(table), rows)
        return
    driver: Any = bind.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(rows[0])}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([json.dumps(value) if isinstance(value, dict) else value for value in row.values()])


def _fill_cells() -> None:
    bind = op.get_bind()
    cells = sa.Table("cells", sa.MetaData(), autoload_with=bind)
    update = sa.update(cells).where(cells.c.id == sa.bindparam("cell"))
    for rows in _chunks(cells, [cells.c.id]):
        bind.execute(update, [{"cell": row["id"], **_of_levels(row["levels"]), "spec_version": 2} for row in rows])


def _of_levels(levels: Mapping[str, Any]) -> dict[str, Any]:
    dataset = levels.get("dataset", "digits")
    needs = None if dataset in BUNDLED else f"{dataset}-{levels.get('image_size', 32)}"
    return {"epochs": levels.get("epochs", 50), "needs": needs}


def _rebuild_cells() -> None:
    """SQLite cannot make a column NOT NULL, so the table is made anew. Runs refer to cells, but with deferred foreign
    keys SQLite checks this only at COMMIT."""
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE cells_before AS SELECT * FROM cells")
    op.drop_table("cells")
    op.create_table(
        "cells",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("experiment_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=16), nullable=False),
        sa.Column("task", sa.String(length=64), server_default="classification", nullable=False),
        sa.Column("task_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("epochs", sa.Integer(), nullable=False),
        sa.Column("needs", sa.String(length=80), nullable=True),
        sa.Column("mlflow_run_id", sa.String(length=32), nullable=True),
        sa.Column("spec_version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiments.id"], name=op.f("fk_cells_experiment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cells")),
        sa.UniqueConstraint("experiment_id", "hash", name=op.f("uq_cells_experiment_id_hash")),
    )
    op.create_index(op.f("ix_cells_hash"), "cells", ["hash"], unique=False)
    names = "id, experiment_id, hash, task, task_version, levels, epochs, needs, mlflow_run_id, spec_version"
    op.execute(f"INSERT INTO cells ({names}) SELECT {names} FROM cells_before")  # noqa: S608
    op.execute("DROP TABLE cells_before")


def _chunks(table: sa.Table, key: Sequence[sa.Column[Any]]) -> Iterator[Sequence[Row]]:
    """The rows of a table in the order of `key`, its primary key, at most CHUNK at a time."""
    bind = op.get_bind()
    query = sa.select(table).order_by(*key).limit(CHUNK)
    rows = bind.execute(query).mappings().all()
    while rows:
        yield rows
        last = sa.tuple_(*(sa.bindparam(None, rows[-1][column.name], column.type) for column in key))
        rows = bind.execute(query.where(sa.tuple_(*key) > last)).mappings().all()
