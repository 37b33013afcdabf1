"""Whose turn it is: which queued run a free slot takes.

The highest priority first; among equals the experiment with the fewest runs training; among those the one that waited
longest since a run of it was last taken; within it the oldest post, seed by seed. One claim at a time, so that a limit
on an experiment's running runs holds to the run.
"""

from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, text
from sqlalchemy.sql import ColumnElement

from lab.cell import SPEC_VERSION
from lab.datasets import BUNDLED
from lab.records import Taker
from lab.sharing import Device
from lab.status import Status
from lab.store.levels import level_of
from lab.store.schema import cells, experiments, runs

CLAIM_LOCK = 0x45564B4C  # any number, the same for every process


def next_run(db: Connection, taker: Taker, run_id: str | None) -> Any:
    """The row (id, seed, levels, experiment_id) of the run to take, or None. `db` is a transaction that writes."""
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CLAIM_LOCK})
    load = (
        select(cells.c.experiment_id, func.count().label("running"))
        .select_from(runs)
        .join(cells, cells.c.id == runs.c.cell_id)
        .where(runs.c.status == Status.RUNNING)
        .group_by(cells.c.experiment_id)
        .subquery()
    )
    running = func.coalesce(load.c.running, 0)
    query = (
        select(runs.c.id, runs.c.seed, cells.c.levels, cells.c.experiment_id)
        .join(cells, cells.c.id == runs.c.cell_id)
        .join(experiments, experiments.c.id == cells.c.experiment_id)
        .outerjoin(load, load.c.experiment_id == experiments.c.id)
        .where(runs.c.status == Status.QUEUED, _suits(taker))
        .where(or_(experiments.c.max_running.is_(None), running < experiments.c.max_running))
        .order_by(experiments.c.priority.desc(), running, experiments.c.served_ms)
        .order_by(runs.c.created_ms, runs.c.seed, runs.c.cell_id)
        .limit(1)
    )
    if run_id is not None:
        query = query.where(runs.c.id == run_id)
    return db.execute(query).one_or_none()


def _suits(taker: Taker) -> ColumnElement[bool]:
    """Meant for its device, with a dataset that it has, and posted by no newer version than its own."""
    dataset, size = level_of("dataset", str), level_of("image_size", int)
    there = [and_(dataset == name, size == pixels) for name, pixels in taker.prepared]
    return and_(
        experiments.c.device.in_([Device.ANY, taker.kind]),
        cells.c.spec_version <= SPEC_VERSION,
        or_(dataset.in_([str(name) for name in BUNDLED]), *there),
    )
