"""Lanes: the runs of an experiment that the same workers can train. And the kept counts of runs, by lane and status.

Triggers of the database keep the counts, so they change in the transaction that changes a run and are as true as the
runs themselves, also after a crash. See the migration that adds them (0011).
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from evenkeel.database import Database
from evenkeel.schema import cells, lanes, run_counts, runs

# Below so many rows it is not worth while to sum the counts up.
FEW_COUNTS = 200


class Requirement(NamedTuple):
    """What a worker must have and know to train a cell, as the columns of `lanes` say it."""

    task: str
    task_version: int
    spec_version: int
    needs: str
    plugins: str

    @classmethod
    def of(cls, cell: Mapping[str, Any]) -> "Requirement":
        """Of a row of `cells`."""
        return cls(
            cell["task"],
            cell["task_version"],
            cell["spec_version"],
            cell.get("needs") or "",
            cell.get("plugins") or "",
        )


class Lanes:
    def __init__(self, database: Database) -> None:
        self.database = database

    def settle(self) -> int:
        """Give a lane to the cells and runs that an earlier version has posted. Returns the number of these runs."""
        without_lane = cells.c.lane_id.is_(None)
        columns = [cells.c[name] for name in ("experiment_id", *Requirement._fields)]
        left = select(runs.c.id).where(runs.c.lane_id.is_(None)).limit(1)
        with self.database.read() as db:
            if db.execute(left).first() is None:
                return 0
        with self.database.write() as db:
            for row in db.execute(select(*columns).where(without_lane).distinct()).mappings().all():
                wanted = Requirement.of(dict(row))
                lane_id = find_lanes(db, row["experiment_id"], [wanted])[wanted]
                same = [column.is_not_distinct_from(row[column.name]) for column in columns]
                db.execute(update(cells).where(without_lane, *same).values(lane_id=lane_id))
            its_lane = select(cells.c.lane_id).where(cells.c.id == runs.c.cell_id).scalar_subquery()
            return db.execute(update(runs).where(runs.c.lane_id.is_(None)).values(lane_id=its_lane)).rowcount

    def sum_up(self) -> None:
        """Sum up the counts, so that few rows are left of many changes. They stay the same."""
        groups = run_counts.c.lane_id, run_counts.c.status, run_counts.c.outcome
        with self.database.read() as db:
            rows = db.scalar(select(func.count()).select_from(run_counts)) or 0
            distinct = db.scalar(select(func.count()).select_from(select(*groups).distinct().subquery())) or 0
        if rows < FEW_COUNTS + 2 * distinct:
            return
        numbers: Counter[tuple[Any, ...]] = Counter()
        latest: dict[tuple[Any, ...], int] = {}
        with self.database.write() as db:
            # Rows that others add meanwhile are not deleted, and what another has summed up is not found.
            for *group, n, at_ms in db.execute(
                delete(run_counts).returning(*groups, run_counts.c.n, run_counts.c.at_ms)
            ):
                key = tuple(group)
                numbers[key] += n
                latest[key] = max(at_ms, latest.get(key, 0))
            names = [column.name for column in groups]
            left = [
                dict(zip(names, key, strict=True)) | {"n": n, "at_ms": latest[key]} for key, n in numbers.items() if n
            ]
            if left:
                db.execute(insert(run_counts), left)


def find_lanes(db: Connection, experiment_id: int, wanted: Collection[Requirement]) -> dict[Requirement, int]:
    """The ids of the lanes of an experiment for these requirements. Those that it lacks are made.

    If two transactions make the same lane at the same time, the experiment has it twice, which does no harm."""
    columns = [lanes.c[name] for name in Requirement._fields]
    mine = select(*columns, lanes.c.id).where(lanes.c.experiment_id == experiment_id).order_by(lanes.c.id)
    known = {Requirement(*row[:-1]): row[-1] for row in db.execute(mine)}
    for requirement in dict.fromkeys(wanted):
        if requirement not in known:
            row = insert(lanes).values(experiment_id=experiment_id, **requirement._asdict())
            known[requirement] = db.scalars(row.returning(lanes.c.id)).one()
    return known


def give_lanes(db: Connection, experiment_id: int, rows: Collection[dict[str, Any]]) -> None:
    """Write the lane of each new row of `cells` into the row."""
    found = find_lanes(db, experiment_id, [Requirement.of(row) for row in rows])
    for row in rows:
        row["lane_id"] = found[Requirement.of(row)]


def lanes_of_cells(db: Connection, experiment_id: int) -> dict[int, int]:
    """cell id -> its lane, for every cell of an experiment."""
    mine = select(cells.c.id, cells.c.lane_id).where(cells.c.experiment_id == experiment_id)
    return {row.id: row.lane_id for row in db.execute(mine)}
