"""Labels become the numbers of classes, and examples are split the same way everywhere."""

import numpy as np
import pytest

from trainer.classification.datasets.images import Arrays
from trainer.classification.datasets.labelled import Cut, Labelled, drawn, source_of
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.sources import Source


def source(train: object, val: object, classes: list[str] | None = None) -> Source:
    sides = [
        Labelled(Arrays(np.zeros((len(np.asarray(labels)), 2, 2), np.uint8)), np.asarray(labels), where)
        for labels, where in ((train, "train"), (val, "val"))
    ]
    return source_of("birds", *sides, classes=classes)


@pytest.mark.parametrize(
    ("train", "val", "classes", "names", "numbers"),
    [
        ([2, 0, 1], [1, 1], None, ["0", "1", "2"], [2, 0, 1]),
        ([30, 10, 20], [10], None, ["10", "20", "30"], [2, 0, 1]),
        (["wren", "auk"], ["auk"], None, ["auk", "wren"], [1, 0]),
        ([b"wren", b"auk"], [b"auk"], None, ["auk", "wren"], [1, 0]),
        (["wren", "auk"], ["auk"], ["wren", "auk"], ["wren", "auk"], [0, 1]),
        ([1, 0], [0], ["wren", "auk"], ["wren", "auk"], [1, 0]),
        ([[1], [0]], [True], None, ["0", "1"], [1, 0]),
    ],
)
def test_labels_are_numbers_or_words(
    train: object, val: object, classes: list[str] | None, names: list[str], numbers: list[int]
) -> None:
    made = source(train, val, classes)
    assert made.classes == names
    assert made.train_labels.tolist() == numbers
    assert made.train_labels.dtype == np.int64


@pytest.mark.parametrize(
    ("train", "val", "classes", "problem"),
    [
        ([0, 1], ["0"], None, "train has numbers, and val has words as labels; allowed: the same in both"),
        ([0.0, 1.0], [1.0], None, r"train: the labels are float64 \(2,\); allowed: whole numbers or words"),
        ([0, 1], [2], None, "birds: no training images of: 2"),
        ([0, 1], [1], ["auk", "auk"], "train: classes names a class twice: auk, auk"),
        (["auk"], ["wren"], ["auk"], "val: the label of image 0 is 'wren'; allowed: auk"),
        ([0, -1], [0], ["auk"], "train: the label of image 1 is -1; allowed: 0 to 0"),
        ([0, 1], [], None, "birds: no images to validate with|labels are float64"),
    ],
)
def test_labels_that_mean_no_class_are_named(
    train: object, val: object, classes: list[str] | None, problem: str
) -> None:
    with pytest.raises(SourceError, match=problem):
        source(train, val, classes)


def test_a_share_of_each_class_is_drawn_and_none_is_drawn_whole() -> None:
    labels = np.repeat(np.arange(4), [100, 40, 2, 1])
    chosen = drawn(labels, Cut(0.25, 7))
    assert np.bincount(labels[chosen], minlength=4).tolist() == [25, 10, 0, 0]
    assert drawn(np.array([0, 1, 2]), Cut(0.9)).sum() == 1
    assert not np.array_equal(chosen, drawn(labels, Cut(0.25, 8)))


def test_the_split_of_a_seed_never_changes() -> None:
    assert np.flatnonzero(drawn(np.zeros(20, np.int64), Cut(0.25, 0))).tolist() == [1, 8, 10, 18, 19]
