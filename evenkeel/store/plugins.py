"""What workers and imports announce: tasks and levels beyond the lab's own."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select

from evenkeel.grids.json_schemas import changed_default
from evenkeel.grids.tasks import own_tasks
from evenkeel.grids.usable import group_of, usable
from evenkeel.plugins import Announced, AnnouncedLevel, AnnouncedTask, Broken, Package
from evenkeel.records.status import Status
from evenkeel.store.database import Database, clock_ms, ms
from evenkeel.store.schema import cells, experiments, plugins, runs, workers

log = logging.getLogger(__name__)

# Two packages that bring the same name clash if a worker that was seen within this time has the first.
SEEN_SECONDS = 60.0

Part = AnnouncedTask | AnnouncedLevel


class Plugins:
    def __init__(self, database: Database) -> None:
        self.database = database

    def announce(self, worker: str | None, announced: Announced) -> Announced:
        """Record what a worker has. Call it when a worker starts, and whenever what it has changes.

        Args:
            worker: the name of the worker; None for an import, which needs no worker.

        Returns:
            What of it can be used. The rest is among its `broken`, each with why: it contradicts itself, a task of the
            lab or another package on a worker has the name, or a default has changed although the version has not.
        """
        _, found = usable(own_tasks(), announced)
        with self.database.write() as db:
            # What is written later must have a later time.
            self.database.stop_claims(db)
            found = _without(found, lambda part: _taken(db, worker, part))
            found = _without(found, lambda part: _changed(db, part))
            for part in (*found.tasks, *found.levels):
                self._write(db, part)
        return found

    def known(self) -> Announced:
        """What was announced of each task and each level: by the newest version that a worker has, or else by the
        newest there was."""
        with self.database.read() as db:
            rows = db.execute(select(plugins).order_by(plugins.c.created_ms, plugins.c.package_version)).all()
            there = {package for listed in db.scalars(select(workers.c.plugins)) for package in listed or ()}
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
            written = db.execute(select(func.count(), func.max(plugins.c.changed_ms)).select_from(plugins)).one()
            there = {package for listed in db.scalars(select(workers.c.plugins)) for package in listed or ()}
        return *written, tuple(sorted(there))

    def _write(self, db: Connection, part: Part) -> None:
        """Write a row, unless it is there already."""
        key, body = _key(part), part.to_json()
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
    for part in (*announced.tasks, *announced.levels):
        if why := wrong(part):
            group = "evenkeel.tasks" if isinstance(part, AnnouncedTask) else group_of(part)
            name = part.name if isinstance(part, AnnouncedTask) else part.level
            broken.append(Broken(group, name, part.package, why))
        else:
            kept.append(part)
    tasks = tuple(part for part in kept if isinstance(part, AnnouncedTask))
    levels = tuple(part for part in kept if isinstance(part, AnnouncedLevel))
    return replace(announced, tasks=tasks, levels=levels, broken=tuple(broken))


def _taken(db: Connection, worker: str | None, part: Part) -> str | None:
    """Why another package on another worker has the name of a task or a level; None if none has."""
    key = _key(part)
    others = select(plugins.c.package, plugins.c.package_version).where(
        *(plugins.c[name] == key[name] for name in ("kind", "task", "name")), plugins.c.package != part.package.name
    )
    seen = select(workers.c.name, workers.c.plugins).where(workers.c.seen_ms >= clock_ms() - ms(SEEN_SECONDS))
    there = {package: row.name for row in db.execute(seen) if row.name != worker for package in row.plugins or ()}
    for row in db.execute(others):
        package = Package(row.package, row.package_version)
        if str(package) in there:
            return f"{package} on the worker {there[str(package)]} brings this name, too, and came first"
    return None


def _changed(db: Connection, part: Part) -> str | None:
    """Why cells that were posted for a task would mean something else now; None if they mean the same."""
    if not isinstance(part, AnnouncedTask):
        return None
    posted = (
        select(cells.c.plugins)
        .where(cells.c.task == part.name, cells.c.task_version == part.version, cells.c.plugins.is_not(None))
        .distinct()
    )
    packages = {package for text in db.scalars(posted) for package in text.split(",")}
    rows = select(plugins).where(plugins.c.kind == "task", plugins.c.task == part.name).order_by(plugins.c.created_ms)
    for row in db.execute(rows):
        package = str(Package(row.package, row.package_version))
        if package not in packages or row.body["version"] != part.version:
            continue
        if change := changed_default(row.body["parameters"], part.parameters):
            return (
                f"{change}. Cells of the task were posted with {package}, and a cell's hash leaves out the levels that "
                f"equal their defaults. Keep the default, or raise the task's version above {part.version}"
            )
    return None


def _key(part: Part) -> dict[str, str]:
    package = {"package": part.package.name, "package_version": part.package.version}
    if isinstance(part, AnnouncedTask):
        return {"kind": "task", "task": part.name, "name": "", **package}
    return {"kind": "level", "task": part.task, "name": f"{part.factor}={part.level}", **package}


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
