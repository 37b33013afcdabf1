"""Decode and resize a dataset once, with every core, into arrays that every run maps.

The work goes on in `NAME-SIZE.partial/`, which becomes `NAME-SIZE/` when all of it is there. A log in it says which
chunks are done, with their sha256, so that a prepare that was killed goes on where it was.
"""

import fcntl
import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from lab.datasets import Prepared
from trainer.datasets.cache import FORMAT, MANIFEST, folder_of, read_manifest
from trainer.datasets.images import Files, Images
from trainer.datasets.sources import Source
from trainer.datasets.writer import start_writer, write_chunk
from trainer.files import sha256_of, sync

CHUNK = 128
WORTH_A_POOL = 24  # chunks
SLACK = 1.02
PLAN, LOG = "plan.json", "done.jsonl"

Progress = Callable[[int, int], None]


class PrepareError(Exception):
    """The dataset could not be prepared, and nothing was published; the message says why."""


@dataclass(frozen=True)
class Chunk:
    split: str
    start: int
    images: Images


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
    """Have `name` at `image_size` prepared below `root`; returns at once if it is (unless `force`).

    progress: told (images done, images in all). waiting: told once, if another prepare of it is at work.
    skip_broken: leave out images that cannot be decoded, and name them in the manifest.
    Raises PrepareError, and whatever `get_source` raises.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder = folder_of(root, name, image_size)
    with _alone(root / f".{folder.name}.lock", waiting):
        manifest = read_manifest(folder)
        if manifest is not None and not force:
            return Prepared(**manifest["dataset"])
        source = get_source()
        partial = folder.with_name(f"{folder.name}.partial")
        _lay_out(partial, source, image_size)
        broken = _render_all(partial, source, image_size, progress)
        if broken and not skip_broken:
            raise PrepareError(_broken_message(broken))
        _leave_out(partial, broken)
        prepared = _write_manifest(partial, name, image_size, source.classes, broken)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
        sync(root)
        return prepared


def _lay_out(partial: Path, source: Source, image_size: int) -> None:
    """Empty arrays and a plan; what is there already is kept if it is of the same plan. Raises PrepareError where the
    disk is too small."""
    plan = {"format": FORMAT, "image_size": image_size, "chunk": CHUNK, "source": _fingerprint(source)}
    try:
        if json.loads((partial / PLAN).read_text()) == plan:
            return
    except (OSError, ValueError):
        pass
    shutil.rmtree(partial, ignore_errors=True)
    needed = int((len(source.train) + len(source.val)) * (image_size**2 * 3 + 8) * SLACK)
    free = shutil.disk_usage(partial.parent).free
    if needed > free:
        raise PrepareError(f"needs {needed / 1e9:.1f} GB in {partial.parent}, where {free / 1e9:.1f} GB are free")
    partial.mkdir()
    for split, images, labels in _splits(source):
        shape = (len(images), image_size, image_size, 3)
        open_memmap(partial / f"{split}_images.npy", "w+", np.uint8, shape).flush()
        np.save(partial / f"{split}_labels.npy", labels)
    (partial / PLAN).write_text(json.dumps(plan))


def _render_all(partial: Path, source: Source, image_size: int, progress: Progress) -> list[dict[str, Any]]:
    """Fill the arrays; what could not be decoded, in order: {"split", "index", "name", "problem"}."""
    chunks = {
        (split, start): Chunk(split, start, images.part(start, min(start + CHUNK, len(images))))
        for split, images, _ in _splits(source)
        for start in range(0, len(images), CHUNK)
    }
    total = sum(len(chunk.images) for chunk in chunks.values())
    for key in _done(partial, chunks):
        del chunks[key]
    done = total - sum(len(chunk.images) for chunk in chunks.values())
    progress(done, total)
    broken: list[dict[str, Any]] = []
    with (partial / LOG).open("a") as log:
        for chunk, digest, problems in _write_chunks(partial, list(chunks.values()), image_size):
            for index, problem in problems:
                where = {"split": chunk.split, "index": chunk.start + index}
                broken.append(where | {"name": chunk.images.name(index), "problem": problem})
            if not problems:
                log.write(json.dumps({"split": chunk.split, "start": chunk.start, "sha256": digest}) + "\n")
                log.flush()
            done += len(chunk.images)
            progress(done, total)
    return sorted(broken, key=lambda entry: (entry["split"] == "val", entry["index"]))


def _write_chunks(partial: Path, chunks: list[Chunk], image_size: int) -> Iterator[tuple[Chunk, str, list[Any]]]:
    """(chunk, sha256, problems) as they are done: a process a core, each started anew so that none inherits torch's
    threads, or right here where that would take longer than the work. Raises PrepareError where a process dies."""
    orders = [(str(_images(partial, chunk.split)), chunk.start, chunk.images, image_size) for chunk in chunks]
    processes = min(len(os.sched_getaffinity(0)), len(chunks))
    if len(chunks) < WORTH_A_POOL or processes == 1:
        for chunk, order in zip(chunks, orders, strict=True):
            yield chunk, *write_chunk(*order)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=start_writer, initargs=(os.getpid(),))
    try:
        futures = {pool.submit(write_chunk, *order): chunk for chunk, order in zip(chunks, orders, strict=True)}
        for future in as_completed(futures):
            yield futures[future], *future.result()
    except BrokenProcessPool as error:
        raise PrepareError(f"a decoding process died ({error}); the next prepare goes on from here") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _done(partial: Path, chunks: dict[tuple[str, int], Chunk]) -> list[tuple[str, int]]:
    """Chunks that the log has and whose bytes are still the ones that were written."""
    try:
        lines = (partial / LOG).read_text().splitlines()
    except FileNotFoundError:
        return []
    found = set()
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:  # the last line, cut off with the process that wrote it
            continue
        key = (entry["split"], entry["start"])
        if key in chunks:
            rows = np.load(_images(partial, key[0]), mmap_mode="r")[key[1] : key[1] + len(chunks[key].images)]
            if hashlib.sha256(rows.data).hexdigest() == entry["sha256"]:
                found.add(key)
    return sorted(found)


def _leave_out(partial: Path, broken: list[dict[str, Any]]) -> None:
    """Close the gaps that images which cannot be decoded have left."""
    for split in sorted({entry["split"] for entry in broken}):
        gaps = {entry["index"] for entry in broken if entry["split"] == split}
        images, labels = np.load(_images(partial, split), mmap_mode="r"), np.load(partial / f"{split}_labels.npy")
        kept = np.array([index for index in range(len(labels)) if index not in gaps])
        shorter = open_memmap(partial / "shorter.npy", "w+", np.uint8, (len(kept), *images.shape[1:]))
        for start in range(0, len(kept), CHUNK):
            shorter[start : start + CHUNK] = images[kept[start : start + CHUNK]]
        shorter.flush()
        (partial / "shorter.npy").rename(_images(partial, split))
        np.save(partial / f"{split}_labels.npy", labels[kept])


def _write_manifest(
    partial: Path, name: str, image_size: int, classes: list[str], broken: list[dict[str, Any]]
) -> Prepared:
    """Its hash is of the pixels, the labels and the classes, and of nothing else."""
    files = {path.name: sha256_of(path) for path in sorted(partial.glob("*.npy"))}
    content = json.dumps([files, classes], sort_keys=True).encode()
    counts = [len(np.load(partial / f"{split}_labels.npy")) for split in ("train", "val")]
    digest = hashlib.sha256(content).hexdigest()[:16]
    prepared = Prepared(name, image_size, len(classes), counts[0], counts[1], digest)
    manifest = {"format": FORMAT, "dataset": asdict(prepared), "classes": classes, "sha256": files, "left_out": broken}
    for path in partial.glob("*.npy"):
        sync(path)
    for name in (PLAN, LOG):
        (partial / name).unlink(missing_ok=True)
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=1))
    sync(partial / MANIFEST)
    sync(partial)
    return prepared


def _splits(source: Source) -> Iterator[tuple[str, Images, Any]]:
    yield "train", source.train, source.train_labels
    yield "val", source.val, source.val_labels


def _images(partial: Path, split: str) -> Path:
    return partial / f"{split}_images.npy"


def _fingerprint(source: Source) -> str:
    """Changes with the labels, the classes, and any file's path, size or time."""
    digest = hashlib.sha256(json.dumps(source.classes).encode())
    for _, images, labels in _splits(source):
        digest.update(labels.tobytes())
        if isinstance(images, Files):
            for path in images.paths:
                try:
                    stat = os.stat(path)
                    digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode(errors="surrogateescape"))
                except OSError:
                    digest.update(f"{path}\0missing\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _broken_message(broken: list[dict[str, Any]]) -> str:
    shown = [f"  {entry['name']}: {entry['problem']}" for entry in broken[:20]]
    more = [f"  and {len(broken) - 20} more"] if len(broken) > 20 else []
    count = f"{len(broken)} image{'s' if len(broken) > 1 else ''} cannot be decoded:"
    return "\n".join([count, *shown, *more, "Mend them, or leave them out with --skip-broken."])


@contextmanager
def _alone(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
