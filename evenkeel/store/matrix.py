"""The runs of an experiment as a page shows them: a mark for each cell and seed. Only what a mark needs is read."""

from collections.abc import Sequence

from sqlalchemy import case, func, select

from evenkeel.database import Database, batched
from evenkeel.plugins import Outcome
from evenkeel.records.endings import MAX_TOLD, in_a_line
from evenkeel.records.marks import Mark, Standings
from evenkeel.records.status import Status
from evenkeel.schema import cells, runs
from evenkeel.store.curves import OUTCOMES, STATUSES


class Matrix:
    def __init__(self, database: Database) -> None:
        self.database = database

    def standings(self, cell_ids: Sequence[int]) -> dict[int, Standings]:
        """cell id -> how its runs stand, for the cells that have runs."""
        columns = runs.c.cell_id, runs.c.status, runs.c.outcome, func.count()
        found: dict[int, dict[Status | Outcome, int]] = {}
        with self.database.read() as db:
            for some in batched(cell_ids):
                query = select(*columns).where(runs.c.cell_id.in_(some)).group_by(*columns[:3])
                for cell_id, status, outcome, number in db.execute(query):
                    kind = OUTCOMES[outcome] if outcome else STATUSES[status]
                    found.setdefault(cell_id, {})[kind] = number
        return {cell_id: Standings(counts) for cell_id, counts in found.items()}

    def marks(self, cell_ids: Sequence[int]) -> dict[int, list[Mark]]:
        """cell id -> its runs, sorted by seed."""
        columns = runs.c.cell_id, runs.c.id, runs.c.seed, runs.c.status, runs.c.outcome, runs.c.num_epochs
        error = case((runs.c.status == Status.FAILED, func.substr(runs.c.error, 1, MAX_TOLD)))
        query = select(*columns, cells.c.epochs, error).join(cells, cells.c.id == runs.c.cell_id).order_by(runs.c.seed)
        found: dict[int, list[Mark]] = {cell_id: [] for cell_id in cell_ids}
        with self.database.read() as db:
            for some in batched(cell_ids):
                for cell_id, run_id, seed, status, outcome, done, epochs, said in db.execute(
                    query.where(runs.c.cell_id.in_(some))
                ):
                    ended = OUTCOMES[outcome] if outcome else None
                    found[cell_id].append(Mark(run_id, seed, STATUSES[status], ended, done, epochs, in_a_line(said)))
        return found
