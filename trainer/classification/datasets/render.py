"""Fills the arrays of a dataset on all cores, a chunk of images at a time.

A log names the chunks that are done, with their sha256. If a prepare was killed, the next one continues from there.
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.classification.datasets.images import Images
from trainer.classification.datasets.sources import Source
from trainer.classification.datasets.staging import CHUNK, LOG, BrokenImage, PrepareError, images_file, splits
from trainer.classification.datasets.writer import start_writer, write_chunk

# With fewer chunks than this, starting other processes would take longer than the work itself.
WORTH_A_POOL = 24

Progress = Callable[[int, int], None]
# For each image of a chunk that cannot be decoded: (its index in the chunk, why).
Problems = list[tuple[int, str]]


@dataclass(frozen=True)
class Chunk:
    """Images that are rendered together. `start` is the index of the first of them in their split."""

    split: str
    start: int
    images: Images


def render_all(partial: Path, source: Source, image_size: int, progress: Progress) -> list[BrokenImage]:
    """Fill the arrays. Returns the images that could not be decoded, those of train first, sorted by index."""
    chunks = {
        (split, start): Chunk(split, start, images.part(start, min(start + CHUNK, len(images))))
        for split, images, _ in splits(source)
        for start in range(0, len(images), CHUNK)
    }
    total = sum(len(chunk.images) for chunk in chunks.values())
    for key in _done(partial, chunks):
        del chunks[key]
    done = total - sum(len(chunk.images) for chunk in chunks.values())
    progress(done, total)
    broken: list[BrokenImage] = []
    with (partial / LOG).open("a") as log:
        for chunk, digest, problems in _write_chunks(partial, list(chunks.values()), image_size):
            for index, problem in problems:
                broken.append(BrokenImage(chunk.split, chunk.start + index, chunk.images.name(index), problem))
            if not problems:
                log.write(json.dumps({"split": chunk.split, "start": chunk.start, "sha256": digest}) + "\n")
                log.flush()
            done += len(chunk.images)
            progress(done, total)
    return sorted(broken, key=lambda image: (image.split == "val", image.index))


def _write_chunks(partial: Path, chunks: list[Chunk], image_size: int) -> Iterator[tuple[Chunk, str, Problems]]:
    """Write chunks on all cores, and yield (chunk, sha256, problems) for each as soon as it is done.

    There is one process for each core. None of them is forked, so that none inherits torch's threads. If there are few
    chunks, this process writes them itself. Raises PrepareError if a process dies.
    """
    orders = [(str(images_file(partial, chunk.split)), chunk.start, chunk.images, image_size) for chunk in chunks]
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
        raise PrepareError(f"a decoding process died ({error}); the next prepare continues from here") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _done(partial: Path, chunks: dict[tuple[str, int], Chunk]) -> list[tuple[str, int]]:
    """The keys of the chunks that are in the log and whose bytes have not changed since."""
    try:
        lines = (partial / LOG).read_text().splitlines()
    except FileNotFoundError:
        return []
    found = set()
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:  # The last line is cut off if the process that wrote it was killed.
            continue
        key = (entry["split"], entry["start"])
        if key in chunks:
            rows = np.load(images_file(partial, key[0]), mmap_mode="r")[key[1] : key[1] + len(chunks[key].images)]
            if hashlib.sha256(rows.data).hexdigest() == entry["sha256"]:
                found.add(key)
    return sorted(found)
