"""Prepares a dataset: decodes and resizes its images once, on all cores, into arrays that every run maps into memory.

The arrays are written in `NAME-SIZE.partial/`, which is renamed to `NAME-SIZE/` once they are complete. If a prepare
was killed, the next one continues where it stopped.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from evenkeel.plugins import Prepared
from trainer.classification.datasets.render import Progress, render_all
from trainer.classification.datasets.sources import Source
from trainer.classification.datasets.staging import BrokenImage, PrepareError, lay_out, leave_out, write_manifest
from trainer.files import sync
from trainer.prepared import folder_of, read_manifest


def prepare(
    root: Path,
    name: str,
    image_size: int,
    get_source: Callable[[], Source],
    progress: Progress = lambda done, total: None,
    waiting: Callable[[], None] = lambda: None,
    skip_broken: bool = False,
    force: bool = False,
) -> Prepared:
    """Make sure that a dataset is prepared in `root`. If it already is, this returns at once, unless `force` is set.

    Args:
        image_size: The side of its square images, in pixels.
        get_source: Is called only if the dataset must be prepared. Its errors are raised here.
        progress: Is called with (number of images that are done, number of all images).
        waiting: Is called once if another process is preparing the same dataset.
        skip_broken: Whether images that cannot be decoded are left out. The manifest names them.
        force: Whether the dataset is prepared again.

    Raises:
        PrepareError: If the dataset cannot be prepared.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder = folder_of(root, name, image_size)
    with _alone(root / f".{folder.name}.lock", waiting):
        manifest = read_manifest(folder)
        if manifest is not None and not force:
            return Prepared(**manifest["dataset"])
        source = get_source()
        partial = folder.with_name(f"{folder.name}.partial")
        lay_out(partial, source, image_size)
        broken = render_all(partial, source, image_size, progress)
        if broken and not skip_broken:
            raise PrepareError(_broken_message(broken))
        leave_out(partial, broken)
        prepared = write_manifest(partial, name, image_size, source.classes, broken)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
        sync(root)
        return prepared


def _broken_message(broken: list[BrokenImage]) -> str:
    shown = [f"  {image.name}: {image.problem}" for image in broken[:20]]
    more = [f"  and {len(broken) - 20} more"] if len(broken) > 20 else []
    count = f"{len(broken)} image{'s' if len(broken) > 1 else ''} cannot be decoded:"
    return "\n".join([count, *shown, *more, "Repair them, or leave them out with --skip-broken."])


@contextmanager
def _alone(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    lock = FileLock(path)
    try:
        held = lock.acquire(timeout=0)
    except Timeout:
        waiting()
        held = lock.acquire()
    with held:
        yield
