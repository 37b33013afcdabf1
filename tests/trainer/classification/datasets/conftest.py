"""Images to prepare, in the layouts in which they are published."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from foodlike import make_food101, photo


@pytest.fixture(scope="session")
def classes() -> list[str]:
    return ["apple pie", "crème brûlée", "pho"]


@pytest.fixture(scope="session")
def food(tmp_path_factory: pytest.TempPathFactory, classes: list[str]) -> Path:
    """Food-101 with three classes. Each has 9 images to train and 3 to validate. Tests must not change it."""
    return make_food101(tmp_path_factory.mktemp("food"), classes, 12)


@pytest.fixture
def image_folder() -> Callable[[Path, dict[str, int]], Path]:
    """Makes a folder with as many images of each class as asked for, once to train and once to validate."""

    def make(root: Path, classes: dict[str, int]) -> Path:
        rng = np.random.default_rng(0)
        for split in ("train", "val"):
            for label, count in classes.items():
                (root / split / label).mkdir(parents=True)
                for i in range(count):
                    photo(rng, 64, 48).save(root / split / label / f"{split} {i}.jpg")
        return root

    return make
