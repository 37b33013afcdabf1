"""Images of one's own with their labels, as they were found: checked, numbered, and split if they are not yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.classification.datasets.images import Chosen, Images
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.sources import Source, checked

# The kinds of NumPy's types that hold whole numbers, and words.
NUMBERS, WORDS = "iub", "UT"


@dataclass(frozen=True)
class Labelled:
    """Images and their labels.

    Attributes:
        labels: (N,), whole numbers or words.
        where: Where they are from, for errors: 'train of cells'.
    """

    images: Images
    labels: NDArray[Any]
    where: str


@dataclass(frozen=True)
class Cut:
    """How examples are split that are not split yet: `share` of each class validates, drawn from `seed`."""

    share: float
    seed: int = 0


def source_of(
    name: str, train: Labelled, val: Labelled | None, cut: Cut | None = None, classes: Sequence[str] | None = None
) -> Source:
    """The source of a dataset of one's own.

    Labels that are words become the numbers of `classes`. Without `classes`, all words that there are, in alphabetical
    order, are the classes, and so are all numbers that there are. With `classes`, a number is an index in it.

    Args:
        name: The name of the dataset, for error messages.
        val: The examples to validate with; None if `cut` takes them from `train`.

    Raises:
        SourceError: If the labels are unusable, or `checked` finds a fault.
    """
    found = [train] if val is None else [train, val]
    labels = [usable(one) for one in found]
    for one, theirs in zip(found, labels, strict=True):
        if len(one.images) != len(theirs):
            raise SourceError(f"{one.where}: {len(one.images):,} images, but {len(theirs):,} labels")
    names, numbers = numbered(found, labels, classes)
    if val is not None:
        return checked(name, Source(names, train.images, numbers[0], val.images, numbers[1]))
    assert cut is not None
    chosen = drawn(numbers[0], cut)
    rows = [np.flatnonzero(side) for side in (~chosen, chosen)]
    sides = [(Chosen(train.images, side), numbers[0][side]) for side in rows]
    return checked(name, Source(names, *sides[0], *sides[1]))


def usable(found: Labelled) -> NDArray[Any]:
    """The labels as (N,), whole numbers or words. Raises SourceError."""
    labels = found.labels
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    if labels.ndim != 1 or labels.dtype.kind not in NUMBERS + WORDS:
        raise SourceError(
            f"{found.where}: the labels are {labels.dtype} {labels.shape}; allowed: whole numbers or words, (N,)"
        )
    return labels if labels.dtype.kind in WORDS else labels.astype(np.int64)


def numbered(
    found: Sequence[Labelled], labels: Sequence[NDArray[Any]], classes: Sequence[str] | None
) -> tuple[list[str], list[NDArray[np.int64]]]:
    """The names of the classes, and the labels as their numbers. Raises SourceError if a label is not among them."""
    numbers = [one.dtype.kind in NUMBERS for one in labels]
    if any(numbers) and not all(numbers):
        has = [
            f"{one.where} has {'numbers' if number else 'words'}" for one, number in zip(found, numbers, strict=True)
        ]
        raise SourceError(f"{', and '.join(has)} as labels; allowed: the same in both")
    if classes is None:
        known = np.unique(np.concatenate(labels))
        return [str(label) for label in known.tolist()], [np.searchsorted(known, one) for one in labels]
    if len(set(classes)) < len(classes):
        raise SourceError(f"{found[0].where}: classes names a class twice: {', '.join(classes)}")
    place = {label: index for index, label in enumerate(range(len(classes)) if numbers[0] else classes)}
    result = []
    for one, theirs in zip(found, labels, strict=True):
        values, inverse = np.unique(theirs, return_inverse=True)
        if odd := [value for value in values.tolist() if value not in place]:
            row = int(np.flatnonzero(theirs == odd[0])[0])
            allowed = f"0 to {len(classes) - 1}" if numbers[0] else shorten(", ".join(classes), 300)
            raise SourceError(f"{one.where}: the label of image {row} is {odd[0]!r}; allowed: {allowed}")
        result.append(np.array([place[value] for value in values.tolist()], np.int64)[inverse])
    return list(classes), result


def drawn(labels: NDArray[np.int64], cut: Cut) -> NDArray[np.bool_]:
    """Which examples validate, (N,): `cut.share` of each class, but not all of it and at least one in all.

    The numbers of NumPy's RandomState never change (NEP 19), so the split is the same everywhere.
    """
    random, chosen = np.random.RandomState(cut.seed), np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        count = min(round(cut.share * len(rows)), len(rows) - 1)
        chosen[random.permutation(rows)[:count]] = True
    if not chosen.any() and len(labels):
        chosen[random.randint(len(labels))] = True
    return chosen
