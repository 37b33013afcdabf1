"""Fills the arrays of a dataset on all cores, a chunk of images at a time.

A log names the chunks that are done, with their sha256. If a prepare was killed, the next one continues from there.
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from trainer.classification.datasets.images import Images, Rendered
from trainer.classification.datasets.sources import Source
from trainer.classification.datasets.staging import CHUNK, LOG, BrokenImage, PrepareError, images_file, splits
from trainer.classification.datasets.writer import start_writer, write_chunk

# With fewer chunks than this, starting other processes would take longer than the work itself.
WORTH_A_POOL = 24
# The number of chunks that are in memory at once, for each process.
UNDERWAY = 3

Progress = Callable[[int, int], None]
# For each image of a chunk that cannot be decoded: (its index in the chunk, why).
Problems = list[tuple[int, str]]


@dataclass(frozen=True)
class Chunk:
    """Images that are rendered together: those of a split from the index `start` on, before the index `stop`.

    Attributes:
        images: All images of the split.
    """

    split: str
    start: int
    stop: int
    images: Images

    def __len__(self) -> int:
        return self.stop - self.start

    def order(self, partial: Path, size: int) -> tuple[str, int, Rendered, int]:
        """The arguments of `write_chunk`. The images are read now, if they are in a file that holds several."""
        rows = np.arange(self.start, self.stop)
        return str(images_file(partial, self.split)), self.start, self.images.pick(rows), size


def render_all(partial: Path, source: Source, image_size: int, progress: Progress) -> list[BrokenImage]:
    """Fill the arrays. Returns the images that could not be decoded, those of train first, sorted by index."""
    chunks = {
        (split, start): Chunk(split, start, min(start + CHUNK, len(images)), images)
        for split, images, _ in splits(source)
        for start in range(0, len(images), CHUNK)
    }
    total = sum(map(len, chunks.values()))
    for key in _done(partial, chunks):
        del chunks[key]
    done = total - sum(map(len, chunks.values()))
    progress(done, total)
    broken: list[BrokenImage] = []
    with (partial / LOG).open("a") as log:
        for chunk, digest, problems in _write_chunks(partial, list(chunks.values()), image_size):
            for index, problem in problems:
                place = chunk.start + index
                broken.append(BrokenImage(chunk.split, place, chunk.images.name(place), problem))
            if not problems:
                log.write(json.dumps({"split": chunk.split, "start": chunk.start, "sha256": digest}) + "\n")
                log.flush()
            done += len(chunk)
            progress(done, total)
    return sorted(broken, key=lambda image: (image.split == "val", image.index))


def _write_chunks(partial: Path, chunks: Sequence[Chunk], size: int) -> Iterator[tuple[Chunk, str, Problems]]:
    """Write chunks on all cores, and yield (chunk, sha256, problems) for each as soon as it is done.

    There is one process for each core. None of them is forked, so that none inherits torch's threads. If there are few
    chunks, this process writes them itself. Few chunks are in memory at once. Raises PrepareError if a process dies.
    """
    processes = min(len(os.sched_getaffinity(0)), len(chunks))
    if len(chunks) < WORTH_A_POOL or processes == 1:
        for chunk in chunks:
            yield chunk, *write_chunk(*chunk.order(partial, size))
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, initializer=start_writer, initargs=(os.getpid(),))
    left, underway = iter(chunks), dict[Future[tuple[str, Problems]], Chunk]()
    try:
        while True:
            for chunk in islice(left, UNDERWAY * processes - len(underway)):
                underway[pool.submit(write_chunk, *chunk.order(partial, size))] = chunk
            if not underway:
                return
            for future in wait(underway, return_when=FIRST_COMPLETED).done:
                yield underway.pop(future), *future.result()
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
            rows = np.load(images_file(partial, key[0]), mmap_mode="r")[key[1] : chunks[key].stop]
            if hashlib.sha256(rows.data).hexdigest() == entry["sha256"]:
                found.add(key)
    return sorted(found)
