"""Removes checkpoints that nobody needs from the disk of this machine.

These are the checkpoints of deleted runs, and those of finished runs that MLflow has or that the setting `checkpoints`
does not keep. A run that may still train, also after a retry, keeps its checkpoints. The folder of a run that the store
does not know stays unless somebody asks for it: another lab may have written it.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evenkeel.records.checkpoints import is_copied
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.settings import Settings, get_settings
from evenkeel.store import SchemaError, Store, StoreAway
from trainer.checkpoint_files import find_best, list_files
from trainer.disk import MB, size_of
from trainer.tracking import Copies, MlflowAway

RUN_FOLDER = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Garbage:
    """Something to remove: a run's folder or one checkpoint in it. `why` says why nobody needs it."""

    path: Path
    why: str
    bytes: int


DELETED, UNKNOWN = "of deleted runs", "of runs that the store does not know"
COPIED, NOT_KEPT = "that MLflow has", "that are not kept of finished runs"


# Whether MLflow has each of some files of a run. Raises MlflowAway.
Has = Callable[[Run, Sequence[Path]], bool]


def find_garbage(store: Store, settings: Settings, has: Has) -> Iterator[Garbage]:
    """What nobody needs, and what is of unknown runs."""
    folders = {path.name: path for path in (settings.data_dir / "checkpoints").glob("*") if _is_of_run(path)}
    runs, deleted = store.runs.some(list(folders)), store.deletions.among(list(folders))
    for run_id, folder in folders.items():
        run = runs.get(run_id)
        if run is None:
            yield Garbage(folder, DELETED if run_id in deleted else UNKNOWN, size_of(folder))
        elif run.status is Status.FINISHED:
            yield from _of_finished(run, folder, settings.checkpoints, has)


def _of_finished(run: Run, folder: Path, kept: str, has: Has) -> Iterator[Garbage]:
    files = [file.path for file in list_files(folder)]
    last = folder.joinpath(*Path(str(run.checkpoint_path)).parts[-2:])
    wanted: dict[str, set[Path | None]] = {"none": set(), "last": {last}, "best": {last, find_best(folder)}}
    kept_files = [path for path in files if path in wanted[kept]]
    if not kept_files:
        yield Garbage(folder, NOT_KEPT, size_of(folder))
    elif is_copied(run) and has(run, kept_files):
        yield Garbage(folder, COPIED, size_of(folder))
    else:
        yield from (Garbage(path, NOT_KEPT, path.stat().st_size) for path in files if path not in kept_files)


def remove(garbage: Garbage) -> None:
    """Remove it. It may be gone already: workers may share a folder."""
    if garbage.path.is_dir():
        shutil.rmtree(garbage.path, ignore_errors=True)
    else:
        garbage.path.with_suffix(".sha256").unlink(missing_ok=True)
        garbage.path.unlink(missing_ok=True)


def collect(store: Store, settings: Settings, has: Has) -> int:
    """Remove what nobody needs. Returns the number of bytes. Raises MlflowAway."""
    removed = 0
    for garbage in find_garbage(store, settings, has):
        if garbage.why != UNKNOWN:
            remove(garbage)
            removed += garbage.bytes
    return removed


def _is_of_run(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and RUN_FOLDER.fullmatch(path.name) is not None


def main(arguments: Sequence[str]) -> int:
    """`python -m trainer gc`. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="evenkeel gc")
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--unknown", action="store_true")
    asked = parser.parse_args(arguments)
    settings = get_settings()
    try:
        with closing(Store(settings.database_url)) as store:
            store.check_schema()
            found = list(find_garbage(store, settings, Copies(settings).has))
    except (SchemaError, StoreAway, MlflowAway) as error:
        print(f"nothing was removed: {type(error).__name__}: {error!s:.300}", file=sys.stderr)
        return 1
    for garbage in found:
        if not asked.dry_run and (asked.unknown or garbage.why != UNKNOWN):
            remove(garbage)
    for line in _report(found, asked.dry_run, asked.unknown):
        print(line)
    return 0


def _report(found: Sequence[Garbage], dry_run: bool, unknown: bool) -> Iterator[str]:
    for why in (DELETED, COPIED, NOT_KEPT, UNKNOWN):
        some = [garbage for garbage in found if garbage.why == why]
        stays = why == UNKNOWN and not unknown
        verb = "kept" if stays else "would remove" if dry_run else "removed"
        if some:
            hint = "; --unknown removes them" if stays else ""
            yield f"{verb} {sum(garbage.bytes for garbage in some) / MB:,.1f} MB of checkpoints {why}{hint}"
    if not found:
        yield "nothing to remove"
