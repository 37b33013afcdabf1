"""The runs of each lane, status and outcome: as the store keeps their number, and as they are counted anew."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from evenkeel.schema import run_counts, runs
from evenkeel.store import Store


def counted(store: Store) -> Mapping[tuple[Any, ...], int]:
    groups = run_counts.c.lane_id, run_counts.c.status, run_counts.c.outcome
    query = select(*groups, func.sum(run_counts.c.n)).group_by(*groups).having(func.sum(run_counts.c.n) != 0)
    with store.database.read() as db:
        return {tuple(group): int(n) for *group, n in db.execute(query)}


def counted_anew(store: Store) -> Mapping[tuple[Any, ...], int]:
    groups = runs.c.lane_id, runs.c.status, runs.c.outcome
    with store.database.read() as db:
        return {tuple(group): n for *group, n in db.execute(select(*groups, func.count()).group_by(*groups))}
