"""The folder in which a dataset is prepared. It holds a plan, the arrays and, at the end, the manifest."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from evenkeel.plugins import Prepared
from trainer.classification.datasets.images import Images
from trainer.classification.datasets.sources import Source
from trainer.files import sha256_of, sync
from trainer.prepared import FORMAT, MANIFEST

# This many images are rendered together, and have one line in the log.
CHUNK = 128
# The free disk space that is needed, divided by the size of the arrays.
SLACK = 1.02
PLAN, LOG = "plan.json", "done.jsonl"


class PrepareError(Exception):
    """The dataset could not be prepared, and nothing was published. The message says why."""


@dataclass(frozen=True)
class BrokenImage:
    """An image that cannot be decoded.

    Attributes:
        index: Its index in its split.
        name: Its name in its source, such as a path.
        problem: Why it cannot be decoded.
    """

    split: str
    index: int
    name: str
    problem: str


def lay_out(partial: Path, source: Source, image_size: int) -> None:
    """Create empty arrays and a plan in the folder `partial`. If it already has the same plan, its arrays are kept.

    Raises:
        PrepareError: If the disk does not have enough free space.
    """
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
        raise PrepareError(
            f"the dataset needs {needed / 1e9:.1f} GB in {partial.parent}, where {free / 1e9:.1f} GB are free"
        )
    partial.mkdir()
    for split, images, labels in splits(source):
        shape = (len(images), image_size, image_size, 3)
        open_memmap(images_file(partial, split), "w+", np.uint8, shape).flush()
        np.save(partial / f"{split}_labels.npy", labels)
    (partial / PLAN).write_text(json.dumps(plan))


def leave_out(partial: Path, broken: list[BrokenImage]) -> None:
    """Remove the images that cannot be decoded, and their labels, from the arrays."""
    for split in sorted({image.split for image in broken}):
        gaps = {image.index for image in broken if image.split == split}
        images, labels = np.load(images_file(partial, split), mmap_mode="r"), np.load(partial / f"{split}_labels.npy")
        kept = np.array([index for index in range(len(labels)) if index not in gaps])
        shorter = open_memmap(partial / "shorter.npy", "w+", np.uint8, (len(kept), *images.shape[1:]))
        for start in range(0, len(kept), CHUNK):
            shorter[start : start + CHUNK] = images[kept[start : start + CHUNK]]
        shorter.flush()
        (partial / "shorter.npy").rename(images_file(partial, split))
        np.save(partial / f"{split}_labels.npy", labels[kept])


def write_manifest(
    partial: Path, name: str, image_size: int, classes: list[str], broken: list[BrokenImage]
) -> Prepared:
    """Write the manifest of a finished dataset, and delete the plan and the log.

    The dataset's hash depends on the pixels, the labels and the classes, and on nothing else.
    """
    files = {path.name: sha256_of(path) for path in sorted(partial.glob("*.npy"))}
    content = json.dumps([files, classes], sort_keys=True).encode()
    counts = [len(np.load(partial / f"{split}_labels.npy")) for split in ("train", "val")]
    digest = hashlib.sha256(content).hexdigest()[:16]
    prepared = Prepared(name, image_size, len(classes), counts[0], counts[1], digest)
    manifest = {
        "format": FORMAT,
        "dataset": asdict(prepared),
        "classes": classes,
        "sha256": files,
        "left_out": [asdict(image) for image in broken],
    }
    for path in partial.glob("*.npy"):
        sync(path)
    for name in (PLAN, LOG):
        (partial / name).unlink(missing_ok=True)
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=1))
    sync(partial / MANIFEST)
    sync(partial)
    return prepared


def splits(source: Source) -> Iterator[tuple[str, Images, Any]]:
    """Both splits of a source, as (name, images, labels)."""
    yield "train", source.train, source.train_labels
    yield "val", source.val, source.val_labels


def images_file(partial: Path, split: str) -> Path:
    return partial / f"{split}_images.npy"


def _fingerprint(source: Source) -> str:
    """A hash that changes with the labels, the classes, and the identity of the images."""
    digest = hashlib.sha256(json.dumps(source.classes).encode())
    for _, images, labels in splits(source):
        digest.update(labels.tobytes())
        for part in images.identity():
            digest.update(part)
    return digest.hexdigest()
