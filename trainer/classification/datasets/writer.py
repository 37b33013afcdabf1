"""The work of one decoding process: it renders chunks of images into their places in the array."""

import hashlib
import signal

import numpy as np
from numpy.lib.format import open_memmap

from evenkeel.stack.processes import die_with
from trainer.classification.datasets.decoding import BadImage
from trainer.classification.datasets.images import Rendered


def start_writer(parent: int) -> None:
    """Set up a decoding process. It ends with its parent. It ignores Ctrl-C, which the parent handles."""
    die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def write_chunk(path: str, start: int, images: Rendered, size: int) -> tuple[str, list[tuple[int, str]]]:
    """Render `images` into the .npy file at `path`, from row `start` on.

    Args:
        size: The side of the square images, in pixels.

    Returns:
        (SHA-256 of the rows in hex, [(index in `images`, why that image cannot be decoded), ...]).
    """
    rows = np.zeros((len(images), size, size, 3), np.uint8)
    problems = []
    for index in range(len(images)):
        try:
            rows[index] = images.render(index, size)
        except BadImage as problem:
            problems.append((index, str(problem)))
    open_memmap(path, "r+")[start : start + len(rows)] = rows
    return hashlib.sha256(rows.data).hexdigest(), problems
