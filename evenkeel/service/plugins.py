"""What workers and imports announce: tasks and levels beyond the lab's own."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select

from evenkeel.database import Database, clock_ms, ms
from evenkeel.grids.tasks import own_tasks
from evenkeel.grids.usable import usable
from evenkeel.plugins import Announced, AnnouncedLevel, AnnouncedTask, Broken, Package
from evenkeel.records.status import Status
from evenkeel.schema import cells, experiments, plugins, runs, workers
from evenkeel.service.clashes import Part, changed, key_of, taken

log = logging.getLogger(__name__)

# A version counts as one that a worker has for this long after the worker was last seen. So a worker that died does not
# change how cells are read until it is back.
KEPT_SECONDS = 3600.0


class Plugins:
    def __init__(self, database: Database) -> None:
        self.database = database

    def announce(self, worker: str | None, announced: Announced) -> Announced:
        """Record what a worker has. Call it when a worker starts, and whenever what it has changes.

        Args:
            worker: the name of the worker; None for an import, which needs no worker.

        Returns:
            What of it can be used. The rest is among its `broken`, each with why: it contradicts itself, a task of the
            lab or another package on a worker has the name, or a default has changed although cells were posted.
        """
        _, found = usable(own_tasks(), announced)
        with self.database.write() as db:
            # What is written later must have a later time.
            self.database.stop_claims(db)
            found = _without(found, lambda part: taken(db, worker, part))
            found = _without(found, lambda part: changed(db, part))
            for part in found.parts:
                self.write(db, part)
        return found

    def known(self) -> Announced:
        """What was announced of each task and each level: by the newest version that a worker has, or else by the
        newest there was."""
        with self.database.read() as db:
            rows = list(db.execute(select(plugins).order_by(plugins.c.created_ms, plugins.c.package_version)))
            there = _there(db)
        rows.sort(key=lambda row: str(Package(row.package, row.package_version)) in there)
        return _read({(row.kind, row.task, row.name): row.body for row in rows})

    def of(self, packages: Iterable[Package]) -> Announced:
        """What these packages announced in these versions."""
        wanted = set(packages)
        with self.database.read() as db:
            rows = db.execute(select(plugins).order_by(plugins.c.created_ms)).all()
        kept = [row for row in rows if Package(row.package, row.package_version) in wanted]
        return _read({(row.kind, row.task, row.name, row.package): row.body for row in kept})

    def begun_with(self, experiment: str) -> frozenset[Package]:
        """The packages that the cells of an experiment were posted with."""
        theirs = select(cells.c.plugins).join(experiments).where(experiments.c.name == experiment).distinct()
        with self.database.read() as db:
            texts = db.scalars(theirs.where(cells.c.plugins.is_not(None))).all()
        return frozenset[Package]().union(*map(_packages, texts))

    def queued(self, experiment_id: int) -> set[frozenset[Package]]:
        """The packages that queued runs of an experiment need: a set for each kind of cell that needs any."""
        theirs = select(cells.c.plugins).join(runs, runs.c.cell_id == cells.c.id).distinct()
        waiting = cells.c.experiment_id == experiment_id, runs.c.status == Status.QUEUED
        with self.database.read() as db:
            return set(map(_packages, db.scalars(theirs.where(*waiting, cells.c.plugins.is_not(None)))))

    def stamp(self) -> Any:
        """A small value that changes whenever `known()` does."""
        with self.database.read() as db:
            # The sum, because two rows may be changed in the same millisecond by transactions that end one by one.
            written = db.execute(select(func.count(), func.sum(plugins.c.changed_ms)).select_from(plugins)).one()
            return *written, tuple(sorted(_there(db)))

    def write(self, db: Connection, part: Part) -> None:
        """Write a row, unless it is there already. `announce` checks what it writes."""
        key, body = key_of(part), part.to_json()
        before = db.scalar(select(plugins.c.body).where(*_is(key)))
        if before == body:
            return
        latest = db.scalar(select(func.max(plugins.c.changed_ms))) or 0
        now = max(latest + 1, db.scalars(select(clock_ms())).one())
        row = self.database.insert(plugins).values(**key, body=body, created_ms=now, changed_ms=now)
        changed = {"body": body, "changed_ms": now}
        db.execute(row.on_conflict_do_update(index_elements=list(key), set_=changed))


def _packages(text: str) -> frozenset[Package]:
    """The packages in the text that a cell has of them."""
    return frozenset(map(Package.read, text.split(",")))


def _without(announced: Announced, wrong: Callable[[Part], str | None]) -> Announced:
    """What is announced, with each part that `wrong` objects to among the broken."""
    broken = list(announced.broken)
    kept = list[Part]()
    for part in announced.parts:
        if why := wrong(part):
            broken.append(Broken(*part.entry, part.package, why))
        else:
            kept.append(part)
    tasks = tuple(part for part in kept if isinstance(part, AnnouncedTask))
    levels = tuple(part for part in kept if isinstance(part, AnnouncedLevel))
    return replace(announced, tasks=tasks, levels=levels, broken=tuple(broken))


def _there(db: Connection) -> set[str]:
    """The packages that workers have."""
    seen = select(workers.c.plugins).where(workers.c.seen_ms >= clock_ms() - ms(KEPT_SECONDS))
    return {package for packages in db.scalars(seen) for package in packages or ()}


def _is(key: Mapping[str, str]) -> list[Any]:
    return [plugins.c[name] == value for name, value in key.items()]


def _read(bodies: Mapping[tuple[str, ...], Mapping[str, Any]]) -> Announced:
    """What was announced, without what a newer version wrote in another form."""
    tasks, levels = list[AnnouncedTask](), list[AnnouncedLevel]()
    for (kind, *name), body in sorted(bodies.items(), key=lambda item: item[0]):
        try:
            if kind == "task":
                tasks.append(AnnouncedTask.from_json(body))
            else:
                levels.append(AnnouncedLevel.from_json(body))
        except ValueError as error:
            log.warning("what was announced of %s is left out: %s", " ".join(name), error)
    return Announced(tuple(tasks), tuple(levels))
