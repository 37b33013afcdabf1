"""Which packages train the cells of a grid, in which version, and whether a worker has them.

An experiment keeps the versions that it began with, so that all its cells are trained by the same code.
"""

from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from evenkeel.grids.announced import task_of
from evenkeel.grids.cell import Cell, make_cell
from evenkeel.grids.expand import SpecError
from evenkeel.grids.spec import GridSpec
from evenkeel.grids.tasks import announced_in
from evenkeel.plugins import Announced, AnnouncedLevel, AnnouncedTask, Package
from evenkeel.records.availability import WORKER_SEEN_SECONDS
from evenkeel.records.workers import Worker
from evenkeel.store import Store

# A command's package is named after it: `trainer/commands/`.
COMMAND = "command-"
MOST_WORKERS = 10  # that a message lists

Part = AnnouncedTask | AnnouncedLevel


def packages_for(store: Store, spec: GridSpec, cells: Sequence[Cell], workers: Sequence[Worker]) -> dict[str, str]:
    """The packages that each cell needs: hash of the cell -> 'lab-nets==0.1.0,own-norms==2.0', or ''.

    A package has the version that the experiment began with. If it did not begin with one, it has the one that is known
    here, or else another version on a worker that knows the cells as well.

    Args:
        workers: those that were seen lately.

    Raises:
        SpecError: no worker has a package in this version, or the version does not know a cell. The message says what
            is missing, what the workers have, and what would help.
    """
    parts = {cell.hash: [part for part in announced_in(cell) if part.package.name] for cell in cells}
    needed = {part.package: part for of_cell in parts.values() for part in of_cell}
    if not needed:
        return {}
    begun = {package.name: package for package in store.plugins.begun_with(spec.name)}
    chosen = dict[Package, Package]()
    for package, part in sorted(needed.items(), key=lambda item: item[0]):
        theirs = [cell for cell in cells if package in {part.package for part in parts[cell.hash]}]
        kept = begun.get(package.name)
        ways = [kept] if kept else [package, *_other_versions(package, workers)]
        wrong = {way: _misfit(store, package, way, theirs, workers) for way in ways}
        chosen[package] = next((way for way in ways if wrong[way] is None), ways[0])
        if problem := wrong[chosen[package]]:
            raise SpecError(_field(spec, part), _explained(part, package, kept, problem))
    texts = dict[str, str]()
    for cell_hash, of_cell in parts.items():
        packages = sorted({chosen[part.package] for part in of_cell})
        if not any(_has(worker, packages) for worker in workers):
            names = " and ".join(map(str, packages))
            raise SpecError(_field(spec, of_cell[-1]), f"no worker seen lately has {names}, which one cell needs")
        texts[cell_hash] = ",".join(map(str, packages))
    return texts


def package_waited_for(store: Store, experiment_id: int) -> str | None:
    """Which packages queued runs of an experiment need that no worker seen lately has, as a sentence; None if there are
    none."""
    needed = store.plugins.queued(experiment_id)
    workers = store.workers.seen(WORKER_SEEN_SECONDS) if needed else []
    for packages in sorted(sorted(each) for each in needed):
        if not any(_has(worker, packages) for worker in workers):
            names, told = " and ".join(map(str, packages)), _who_has(packages[0], workers)
            return f"Queued runs need {names}, and no worker seen lately has it: {told}; {_help(packages[0])}."
    return None


def _misfit(store: Store, known: Package, way: Package, cells: Sequence[Cell], workers: Sequence[Worker]) -> str | None:
    """Why this version cannot train the cells; None if it can."""
    parts = [part for cell in cells for part in announced_in(cell) if part.package.name == way.name]
    if not any(_has(worker, [way], parts) for worker in workers):
        return f"no worker seen lately has {way}: {_who_has(way, workers)}; {_help(way)}"
    unknown = None if way == known else _unknown(store.plugins.of([way]), way, cells)
    return unknown and f"{way} {unknown}"


def _unknown(announced: Announced, way: Package, cells: Sequence[Cell]) -> str | None:
    """What of the cells a version does not know; None if it knows all."""
    tasks = {task.name: task_of(task) for task in announced.tasks}
    levels = {(level.task, level.factor, level.level) for level in announced.levels}
    for cell in cells:
        for part in announced_in(cell):
            if part.package.name != way.name:
                continue
            if isinstance(part, AnnouncedLevel):
                if (part.task, part.factor, part.level) not in levels:
                    return f"does not know {part.factor} {part.level}"
                continue
            if part.name not in tasks:
                return f"does not know the task {part.name!r}"
            if tasks[part.name].version != cell.task.version:
                return f"has version {tasks[part.name].version} of the task, and here it is {cell.task.version}"
            try:
                make_cell(tasks[part.name], cell.stored_levels)
            except ValidationError as error:
                first = error.errors()[0]
                return f"does not know a level of {'.'.join(map(str, first['loc']))}: {first['msg']}"
    return None


def _explained(part: Part, package: Package, kept: Package | None, problem: str) -> str:
    what = part.name if isinstance(part, AnnouncedTask) else part.level
    if kept is None:
        return f"{what!r} comes with {package.name}, and {problem}"
    return (
        f"{what!r} comes with {package.name}, the experiment began with version {kept.version} and keeps it, and "
        f"{problem}; or post the grid under another name"
    )


def _other_versions(package: Package, workers: Sequence[Worker]) -> list[Package]:
    found = {Package.read(text) for worker in workers for text in worker.plugins}
    return sorted((other for other in found if other.name == package.name and other != package), reverse=True)


def _has(worker: Worker, packages: Iterable[Package], parts: Iterable[Part] = ()) -> bool:
    """Whether the worker has all of the packages, and none of the parts is broken there."""
    broken = {each.entry for each in worker.broken if each.package in packages}
    return {str(package) for package in packages} <= set(worker.plugins) and not any(
        part.entry in broken for part in parts
    )


def _who_has(package: Package, workers: Sequence[Worker]) -> str:
    """'gpu-1 has lab-nets==0.2.0, cpu-1 has none': which version of the package each worker has."""
    told = list[str]()
    for worker in workers[:MOST_WORKERS]:
        mine = [text for text in worker.plugins if Package.read(text).name == package.name]
        broken = next((each for each in worker.broken if each.package == package), None)
        told.append(f"{worker.name} has {mine[0] if mine else 'none'}" + (f" ({broken.why})" if broken else ""))
    return ", ".join(told) or "there is none"


def _help(package: Package) -> str:
    if package.name.startswith(COMMAND):
        name = package.name.removeprefix(COMMAND)
        return f"on a worker, write the command {name!r} into EVENKEEL_COMMANDS_FILE as it was"
    return f"on a worker, run: pip install {package}"


def _field(spec: GridSpec, part: Part) -> str:
    if isinstance(part, AnnouncedTask):
        return "task"
    return f"{'grid' if part.factor in spec.levels else 'train'}.{part.factor}"
