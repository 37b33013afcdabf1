"""What has happened that somebody may want to be told of. Nothing is written here."""

from typing import Any

from sqlalchemy import and_, case, exists, func, select, true
from sqlalchemy.sql import ColumnElement

from evenkeel.database import Database, clock_ms, ms
from evenkeel.plugins import Outcome
from evenkeel.records.alerts import DivergedCell, Ended
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.records.workers import is_disk_full
from evenkeel.schema import cells, experiments, imported, runs, workers
from evenkeel.store.runs import run_query, to_run

GOING = (Status.QUEUED, Status.RUNNING, Status.PAUSED)


def _count(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


def _with(status: Status, outcome: Outcome | None = None) -> ColumnElement[Any]:
    return _count(and_(runs.c.status == status, true() if outcome is None else runs.c.outcome == outcome))


# Nothing happens to runs that were trained elsewhere.
TRAINED_HERE = ~exists().where(imported.c.run_id == runs.c.id)
NONE_GOES_ON = _count(runs.c.status.in_(GOING)) == 0
NUM_FINISHED, NUM_DIVERGED = _with(Status.FINISHED), _with(Status.FINISHED, Outcome.DIVERGED)


class Happenings:
    def __init__(self, database: Database) -> None:
        self.database = database

    def ended_experiments(self, since_ms: int) -> list[Ended]:
        """The experiments of which every run has ended, the last one since then, and at least one with a result or a
        failure. A rule that may still add seeds keeps an experiment from ending."""
        outcomes = [_with(Status.FINISHED, outcome) for outcome in (Outcome.CONVERGED, Outcome.COLLAPSED)]
        counts = [func.count(), *outcomes, NUM_DIVERGED, _with(Status.FAILED), _with(Status.CANCELLED)]
        # Of the runs, only those of experiments in which one ended since then are read.
        lately = select(cells.c.experiment_id).join(runs).where(runs.c.ended_ms >= since_ms)
        query = (
            select(experiments.c.id, experiments.c.name, func.max(runs.c.ended_ms), *counts)
            .select_from(runs)
            .join(cells, cells.c.id == runs.c.cell_id)
            .join(experiments)
            .where(~experiments.c.rule_going, TRAINED_HERE, experiments.c.id.in_(lately))
            .group_by(experiments.c.id, experiments.c.name)
            .having(and_(NONE_GOES_ON, func.max(runs.c.ended_ms) >= since_ms))
            .having(_count(runs.c.status.in_([Status.FINISHED, Status.FAILED])) > 0)
        )
        with self.database.read() as db:
            return [Ended(*row) for row in db.execute(query)]

    def failed_runs(self, since_ms: int) -> list[Run]:
        """The runs that have failed for good since then."""
        query = run_query().where(runs.c.status == Status.FAILED, runs.c.ended_ms >= since_ms, TRAINED_HERE)
        with self.database.read() as db:
            return [to_run(row._mapping) for row in db.execute(query.order_by(runs.c.ended_ms, runs.c.id))]

    def diverged_cells(self, since_ms: int) -> list[DivergedCell]:
        """The cells all of whose runs have ended, the last one since then, and over half of whose finished runs
        diverged."""
        columns = experiments.c.id, experiments.c.name, cells.c.id
        # Of the runs, only those of cells in which one ended since then are read.
        lately = select(runs.c.cell_id).where(runs.c.ended_ms >= since_ms)
        found = (
            select(columns[0], columns[1], columns[2].label("cell_id"), NUM_DIVERGED, NUM_FINISHED)
            .select_from(runs)
            .join(cells, cells.c.id == runs.c.cell_id)
            .join(experiments)
            .where(~experiments.c.rule_going, TRAINED_HERE, runs.c.cell_id.in_(lately))
            .group_by(*columns)
            .having(and_(NONE_GOES_ON, func.max(runs.c.ended_ms) >= since_ms, 2 * NUM_DIVERGED > NUM_FINISHED))
        )
        with self.database.read() as db:
            rows = db.execute(found).all()
            wanted = select(cells).where(cells.c.id.in_([row.cell_id for row in rows]))
            about = {cell.id: cell for cell in db.execute(wanted)}
        return [
            DivergedCell(experiment_id, name, about[cell_id].hash, about[cell_id].task, about[cell_id].levels, *counts)
            for experiment_id, name, cell_id, *counts in rows
            if cell_id in about
        ]

    def gone_workers(self, since_ms: int, silent_seconds: float) -> list[tuple[str, int]]:
        """(name, when it was last seen, in ms since 1970) of the workers that neither reported nor left since then."""
        silent = workers.c.seen_ms < clock_ms() - ms(silent_seconds)
        query = select(workers.c.name, workers.c.seen_ms).where(silent, workers.c.seen_ms >= since_ms)
        with self.database.read() as db:
            return [(row.name, row.seen_ms) for row in db.execute(query.order_by(workers.c.name))]

    def full_disks(self, seen_seconds: float) -> list[tuple[str, str]]:
        """(name, what it says) of the workers, seen lately, whose disk is full."""
        columns = workers.c.name, func.coalesce(workers.c.problem, workers.c.warning, "").label("says")
        seen = workers.c.seen_ms >= clock_ms() - ms(seen_seconds)
        with self.database.read() as db:
            rows = db.execute(select(*columns).where(seen).order_by(workers.c.name))
            return [(row.name, row.says) for row in rows if is_disk_full(row.says)]
