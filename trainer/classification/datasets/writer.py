"""What a process of the pool does: render a chunk of images into its place in the array."""

import hashlib
import signal

import numpy as np
from numpy.lib.format import open_memmap

from evenkeel.stack.processes import die_with
from trainer.classification.datasets.images import BadImage, Images


def start_writer(parent: int) -> None:
    """Without the parent there is nothing to do; Ctrl-C is its affair."""
    die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def write_chunk(path: str, start: int, images: Images, size: int) -> tuple[str, list[tuple[int, str]]]:
    """Render `images` into rows `start` on of the .npy at `path`: (their sha256, [(index, problem), ...])."""
    rows = np.zeros((len(images), size, size, 3), np.uint8)
    problems = []
    for index in range(len(images)):
        try:
            rows[index] = images.render(index, size)
        except BadImage as problem:
            problems.append((index, str(problem)))
    open_memmap(path, "r+")[start : start + len(rows)] = rows
    return hashlib.sha256(rows.data).hexdigest(), problems
