"""Writes the rows of imported cells and runs."""

import uuid
from typing import Any

from sqlalchemy import Connection, delete, select, update

from evenkeel.claims.lanes import give_lanes, lanes_of_cells
from evenkeel.claims.packing import pack
from evenkeel.database import Database
from evenkeel.records.imports import Placed, PlacedRun
from evenkeel.schema import SPEC_VERSION, cells, curves, imported, runs


def write_cells(database: Database, db: Connection, experiment_id: int, placed: Placed) -> dict[str, int]:
    """Write the cells that are new. All cells get the number of epochs of the longest run.

    Returns:
        hash -> id of every cell of the experiment.
    """
    mine = cells.c.experiment_id == experiment_id
    query = select(cells.c.hash, cells.c.id).where(mine)
    known = {row.hash: row.id for row in db.execute(query)}
    epochs = int(placed.task.epochs)
    db.execute(update(cells).where(mine, cells.c.epochs != epochs).values(epochs=epochs))
    new = {run.cell.hash: run.cell for run in placed.runs if run.cell.hash not in known}
    about = {"experiment_id": experiment_id, "task": placed.task.name, "task_version": placed.task.version}
    about |= {"epochs": epochs, "spec_version": SPEC_VERSION}
    rows = [{**about, "hash": cell.hash, "levels": cell.stored_levels} for cell in new.values()]
    if rows:
        give_lanes(db, experiment_id, rows)
        database.add(db, cells, rows)
        known = {row.hash: row.id for row in db.execute(query)}
    return known


def write_runs(
    database: Database, db: Connection, experiment_id: int, placed: Placed, cell_ids: dict[str, int], posted_by: str
) -> None:
    """Write the runs with their curves and where they came from. A run that replaces another gets its id."""
    for run in placed.runs:
        if run.replaces is not None:
            later = {"version": runs.c.version + 1, "mirrored_version": runs.c.mirrored_version + 1}
            db.execute(update(runs).where(runs.c.id == run.replaces).values(**_values(run, cell_ids), **later))
            for table in (curves, imported):
                db.execute(delete(table).where(table.c.run_id == run.replaces))
    ids = [run.replaces or uuid.uuid4().hex for run in placed.runs]
    both = list(zip(ids, placed.runs, strict=True))
    # It was trained once, elsewhere. Nothing of it is left to copy to MLflow.
    own = {"attempt": 1, "version": 1, "mirrored_version": 1, "mirrored_attempt": 1, "posted_by": posted_by}
    new = [{"id": run_id, **_values(run, cell_ids), **own} for run_id, run in both if run.replaces is None]
    lanes = lanes_of_cells(db, experiment_id)
    database.add(db, runs, [{**row, "lane_id": lanes[row["cell_id"]]} for row in new])
    database.add(db, curves, [_curves(run_id, run) for run_id, run in both if run.curves])
    origin = {"experiment_id": experiment_id, "source": placed.source}
    rows = [{"run_id": i, **origin, "source_run_id": run.source_run_id, "says": run.says} for i, run in both]
    database.add(db, imported, rows)


def _values(run: PlacedRun, cell_ids: dict[str, int]) -> dict[str, Any]:
    return {
        "cell_id": cell_ids[run.cell.hash],
        "seed": run.seed,
        "status": str(run.status),
        "outcome": None if run.outcome is None else str(run.outcome),
        "num_epochs": run.num_epochs,
        "diverged_epoch": run.diverged_epoch,
        "error": run.error,
        "created_ms": run.created_ms,
        "started_ms": run.started_ms,
        "ended_ms": run.ended_ms,
    }


def _curves(run_id: str, run: PlacedRun) -> dict[str, Any]:
    return {"run_id": run_id, "metrics": ",".join(run.curves), "packed": pack(run.curves)}
