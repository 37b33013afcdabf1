"""Chooses the queued run that a free slot takes.

Experiments with the highest priority come first. Among them comes the one with the fewest running runs, and then the
one that has waited longest since one of its runs was taken. Within an experiment the oldest post comes first, seed by
seed. Only one claim is made at a time, so that an experiment never has more running runs than its limit.
"""

import logging
from typing import Any

from cachetools import LRUCache
from sqlalchemy import Connection, and_, false, func, literal, or_, select, tuple_
from sqlalchemy.sql import ColumnElement, Select

from evenkeel.database import Database
from evenkeel.grids.cell import Cell, RunSpec, UnreadableCell, read_cell
from evenkeel.grids.sharing import Device
from evenkeel.grids.tasks import announced_in, generation
from evenkeel.records.status import Status
from evenkeel.records.workers import Taker
from evenkeel.schema import SPEC_VERSION, cells, experiments, runs

log = logging.getLogger(__name__)

# How many unreadable cells a process remembers, so that it tries to read each only once and not at every claim.
MAX_UNREADABLE = 5_000


class Scheduler:
    def __init__(self, database: Database) -> None:
        self.database = database
        # With what was known and what was broken then: a cell may be readable once something is announced.
        self._unreadable: LRUCache[tuple[int, str, tuple[Any, ...]], None] = LRUCache(MAX_UNREADABLE)

    def choose(self, db: Connection, taker: Taker) -> tuple[Any, RunSpec] | None:
        """Choose the run to take. A cell that this version cannot read is left to workers that can, and so is a
        cell of a plug-in that is broken here.

        Args:
            db: a transaction that writes.

        Returns:
            The row (id, seed, cell_id, hash, task, levels, experiment_id, experiment, threads, arithmetic) of the run,
                and its spec; None if no run may be taken.
        """
        self.database.stop_claims(db)
        now = generation(), taker.broken
        in_order = _in_order(taker)
        passed_over = {(cell_id, cell_hash) for cell_id, cell_hash, then in self._unreadable if then == now}
        while True:
            query = in_order.where(_CELL.not_in(passed_over)) if passed_over else in_order
            if (row := db.execute(query).one_or_none()) is None:
                return None
            try:
                return row, RunSpec(cell=_read(row, taker), seed=row.seed)
            except UnreadableCell as error:
                which = f"cell {row.hash} of {row.experiment}"
                log.warning("%s is left to workers that can read it: %s", which, error)
                passed_over.add((row.cell_id, row.hash))
                self._unreadable[row.cell_id, row.hash, now] = None


# The id alone is not enough: SQLite gives the id of a deleted cell to the next new one.
_CELL = tuple_(cells.c.id, cells.c.hash)


def _read(row: Any, taker: Taker) -> Cell:
    """The cell of a row. Raises UnreadableCell, also if the worker cannot use a plug-in that trains it."""
    cell = read_cell(row.task, row.levels)
    for part in announced_in(cell):
        for broken in taker.broken:
            if (broken.entry, broken.package) == (part.entry, part.package):
                raise UnreadableCell(*part.entry, f"it cannot be used here: {broken.why}")
    return cell


def _in_order(taker: Taker) -> Select[Any]:
    load = (
        select(cells.c.experiment_id, func.count().label("running"))
        .select_from(runs)
        .join(cells, cells.c.id == runs.c.cell_id)
        .where(runs.c.status == Status.RUNNING)
        .group_by(cells.c.experiment_id)
        .subquery()
    )
    running = func.coalesce(load.c.running, 0)
    return (
        select(
            *(runs.c.id, runs.c.seed, runs.c.cell_id, cells.c.hash, cells.c.task, cells.c.levels),
            *(cells.c.experiment_id, experiments.c.name.label("experiment"), experiments.c.threads, runs.c.arithmetic),
        )
        .select_from(runs)
        .join(cells, cells.c.id == runs.c.cell_id)
        .join(experiments, experiments.c.id == cells.c.experiment_id)
        .outerjoin(load, load.c.experiment_id == experiments.c.id)
        .where(runs.c.status == Status.QUEUED, ~experiments.c.paused, _suits(taker))
        .where(or_(experiments.c.max_running.is_(None), running < experiments.c.max_running))
        .order_by(experiments.c.priority.desc(), running, experiments.c.served_ms)
        .order_by(runs.c.created_ms, runs.c.seed, runs.c.cell_id)
        .limit(1)
    )


def _suits(taker: Taker) -> ColumnElement[bool]:
    """The run is meant for this device, needs no dataset and no package that is not there, is of a task that the worker
    trains, and was not posted by a newer version."""
    there = [dataset_key(name, size) for name, size in taker.prepared]
    trained = [and_(cells.c.task == task, cells.c.task_version <= version) for task, version in taker.tasks.items()]
    return and_(
        experiments.c.device.in_([Device.ANY, taker.kind]),
        cells.c.spec_version <= SPEC_VERSION,
        or_(cells.c.needs.is_(None), cells.c.needs.in_(there)),
        or_(cells.c.plugins.is_(None), _lacking(taker) == ","),
        or_(false(), *trained),
    )


def _lacking(taker: Taker) -> ColumnElement[str]:
    """The packages that a cell needs and the worker lacks, with a comma on either side; ',' if it lacks none."""
    lacking = literal(",") + cells.c.plugins + literal(",")
    for package in sorted(taker.plugins):
        lacking = func.replace(lacking, f",{package},", ",")
    return lacking


def dataset_key(name: str, image_size: int) -> str:
    """The text that `cells.needs` has for a dataset."""
    return f"{name}-{image_size}"
