"""Why a task or a level cannot be used beside what was announced before."""

from sqlalchemy import Connection, select

from evenkeel.database import clock_ms, ms
from evenkeel.grids.json_schemas import changed_default
from evenkeel.plugins import AnnouncedLevel, AnnouncedTask, Package
from evenkeel.schema import cells, plugins, workers

# Two packages that bring the same name clash if a worker that was seen within this time has the first.
SEEN_SECONDS = 60.0

Part = AnnouncedTask | AnnouncedLevel


def taken(db: Connection, worker: str | None, part: Part) -> str | None:
    """Why another package on another worker has the name of a task or a level; None if none has."""
    key = key_of(part)
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


def changed(db: Connection, part: Part) -> str | None:
    """Why cells that were posted for a task would be read as something else now; None if they mean the same. Another
    version of the task does not help: its cells have other hashes, but those that were posted are read, too."""
    if not isinstance(part, AnnouncedTask):
        return None
    posted = select(cells.c.plugins).where(cells.c.task == part.name, cells.c.plugins.is_not(None)).distinct()
    packages = {package for text in db.scalars(posted) for package in text.split(",")}
    rows = select(plugins).where(plugins.c.kind == "task", plugins.c.task == part.name).order_by(plugins.c.created_ms)
    for row in db.execute(rows):
        package = str(Package(row.package, row.package_version))
        if package not in packages:
            continue
        if change := changed_default(row.body["parameters"], part.parameters):
            return (
                f"{change}. Cells of the task were posted with {package}, and a cell leaves out the levels that equal "
                "their defaults. Keep the default, or give the task or the parameter another name"
            )
    return None


def key_of(part: Part) -> dict[str, str]:
    package = {"package": part.package.name, "package_version": part.package.version}
    if isinstance(part, AnnouncedTask):
        return {"kind": "task", "task": part.name, "name": "", **package}
    return {"kind": "level", "task": part.task, "name": f"{part.factor}={part.level}", **package}
