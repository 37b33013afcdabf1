"""Chooses the queued run that a free slot takes.

Experiments with the highest priority come first. Among them comes the one with the fewest running runs, and then the
one that has waited longest since one of its runs was taken. Within an experiment the oldest post comes first, seed by
seed, and of the runs with the same seed the one whose cell was added first: a post adds the longest first. Only one
claim is made at a time, so that an experiment never has more running runs than its limit.

A claim reads no run but the one that it takes. Which experiments have queued runs that the worker may take, and how
many runs of them train, is counted already (`evenkeel.claims.lanes`). The first run of a lane is the first in an index.
The statements are made once: to make one takes SQLAlchemy longer than to send it.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Any

from cachetools import LRUCache
from sqlalchemy import Connection, String, and_, bindparam, false, func, literal, or_, select, tuple_, update
from sqlalchemy.sql import ColumnElement, Select

from evenkeel.database import Database, clock_ms
from evenkeel.grids.cell import Cell, RunSpec, UnreadableCell, read_cell
from evenkeel.grids.sharing import Device
from evenkeel.grids.tasks import announced_in, generation
from evenkeel.records.status import Status
from evenkeel.records.workers import Taker
from evenkeel.schema import SPEC_VERSION, cells, experiments, lanes, run_counts, runs

log = logging.getLogger(__name__)

# How many unreadable cells a process remembers, so that it tries to read each only once and not at every claim.
MAX_UNREADABLE = 5_000


class Scheduler:
    def __init__(self, database: Database) -> None:
        self.database = database
        # The taker that asked last, and what it asked.
        self._asked: tuple[Taker, Select[Any]] | None = None
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
        # The id alone is not enough: SQLite gives the id of a deleted cell to the next new one.
        passed_over = {(cell_id, cell_hash) for cell_id, cell_hash, then in self._unreadable if then == now}
        for lane_ids in lanes_in_turn(db, self._in_turn(taker)):
            while (row := db.execute(*first_run(lane_ids, passed_over)).one_or_none()) is not None:
                try:
                    return row, RunSpec(cell=_read(row, taker), seed=row.seed)
                except UnreadableCell as error:
                    which = f"cell {row.hash} of {row.experiment}"
                    log.warning("%s is left to workers that can read it: %s", which, error)
                    passed_over.add((row.cell_id, row.hash))
                    self._unreadable[row.cell_id, row.hash, now] = None
        return None

    def _in_turn(self, taker: Taker) -> Select[Any]:
        asked = self._asked
        if asked is None or asked[0] != taker:
            self._asked = asked = taker, in_turn(taker)
        return asked[1]


def _read(row: Any, taker: Taker) -> Cell:
    """The cell of a row. Raises UnreadableCell, also if the worker cannot use a plug-in that trains it."""
    cell = read_cell(row.task, row.levels)
    for part in announced_in(cell):
        for broken in taker.broken:
            if (broken.entry, broken.package) == (part.entry, part.package):
                raise UnreadableCell(*part.entry, f"it cannot be used here: {broken.why}")
    return cell


FREE = select(experiments.c.id).where(experiments.c.id == bindparam("served"))
SERVED = (
    update(experiments)
    .where(experiments.c.id.in_(FREE.with_for_update(skip_locked=True, key_share=True)))
    .values(served_ms=clock_ms())
)


def note_served(db: Connection, experiment_id: int) -> None:
    """Note that a run of the experiment was taken. A post may hold the experiment for seconds. Then nobody waits for
    it: only the time is not noted."""
    db.execute(SERVED, {"served": experiment_id})


def lanes_in_turn(db: Connection, query: Select[Any]) -> Iterator[list[int]]:
    """The lanes of a query by `in_turn`, the next one first. Lanes of equal rank share a list."""
    for _, equal in groupby(db.execute(query).all(), key=lambda row: row[1:]):
        yield [row.id for row in equal]


def in_turn(taker: Taker) -> Select[Any]:
    """A query for the lanes that the worker may take a run from, the next one first.

    Its rows are (id of the lane, priority of its experiment, running runs of the experiment, when a run of it was last
    taken).
    """
    load = (
        select(lanes.c.experiment_id, func.sum(run_counts.c.n).label("running"))
        .join(run_counts, run_counts.c.lane_id == lanes.c.id)
        .where(run_counts.c.status == Status.RUNNING)
        .group_by(lanes.c.experiment_id)
        .subquery()
    )
    queued = select(run_counts.c.lane_id).where(run_counts.c.status == Status.QUEUED)
    waiting = queued.group_by(run_counts.c.lane_id).having(func.sum(run_counts.c.n) > 0).subquery()
    running = func.coalesce(load.c.running, 0)
    turn = experiments.c.priority.desc(), running, experiments.c.served_ms
    return (
        select(lanes.c.id, experiments.c.priority, running, experiments.c.served_ms)
        .select_from(waiting)
        .join(lanes, lanes.c.id == waiting.c.lane_id)
        .join(experiments, experiments.c.id == lanes.c.experiment_id)
        .outerjoin(load, load.c.experiment_id == experiments.c.id)
        .where(~experiments.c.paused, _suits(taker))
        .where(or_(experiments.c.max_running.is_(None), running < experiments.c.max_running))
        .order_by(*turn)
    )


def first_run(
    lane_ids: Sequence[int], passed_over: Collection[tuple[int, str]]
) -> tuple[Select[Any], dict[str, Sequence[int]]]:
    """A query for the run of these lanes that comes first, of no cell that is passed over, and its parameters."""
    return _first(passed_over) if passed_over else FIRST, {"lane_ids": lane_ids}


def _first(passed_over: Collection[tuple[int, str]]) -> Select[Any]:
    head = runs.alias()
    in_order = [(runs.c[name], head.c[name]) for name in ("created_ms", "seed", "cell_id")]
    queued = head.c.status == literal(str(Status.QUEUED), String, literal_execute=True)
    first = select(head.c.id).where(head.c.lane_id == lanes.c.id, queued)
    if passed_over:
        own_cell = cells.alias()
        which = tuple_(own_cell.c.id, own_cell.c.hash)
        first = first.join(own_cell, own_cell.c.id == head.c.cell_id).where(which.not_in(passed_over))
    first = first.order_by(*(column for _, column in in_order)).limit(1).correlate(lanes)
    return (
        select(
            *(runs.c.id, runs.c.seed, runs.c.cell_id, cells.c.hash, cells.c.task, cells.c.levels),
            *(cells.c.experiment_id, experiments.c.name.label("experiment"), experiments.c.threads, runs.c.arithmetic),
        )
        .select_from(lanes)
        .join(runs, runs.c.id == first.scalar_subquery())
        .join(cells, cells.c.id == runs.c.cell_id)
        .join(experiments, experiments.c.id == cells.c.experiment_id)
        .where(lanes.c.id.in_(bindparam("lane_ids", expanding=True)))
        .order_by(*(column for column, _ in in_order))
        .limit(1)
    )


FIRST = _first(())


def _suits(taker: Taker) -> ColumnElement[bool]:
    """The lane is meant for this device, needs no dataset and no package that is not there, is of a task that the
    worker trains, and was not posted by a newer version."""
    there = [dataset_key(name, size) for name, size in taker.prepared]
    trained = [and_(lanes.c.task == task, lanes.c.task_version <= version) for task, version in taker.tasks.items()]
    return and_(
        experiments.c.device.in_([Device.ANY, taker.kind]),
        lanes.c.spec_version <= SPEC_VERSION,
        lanes.c.needs.in_(["", *there]),
        or_(lanes.c.plugins == "", _lacking(taker) == ","),
        or_(false(), *trained),
    )


def _lacking(taker: Taker) -> ColumnElement[str]:
    """The packages that a lane needs and the worker lacks, with a comma on either side; ',' if it lacks none."""
    lacking = literal(",") + lanes.c.plugins + literal(",")
    for package in sorted(taker.plugins):
        lacking = func.replace(lacking, f",{package},", ",")
    return lacking


def dataset_key(name: str, image_size: int) -> str:
    """The text that `cells.needs` has for a dataset."""
    return f"{name}-{image_size}"
