"""Generates folders of real JPEGs in the layout of Food-101."""

import json
from pathlib import Path

import numpy as np
from PIL import Image


def photo(rng: np.random.Generator, width: int = 512, height: int = 512) -> Image.Image:
    """Smooth colours with a little grain. Decoding it takes about as long as decoding a photograph."""
    coarse = Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = rng.integers(-4, 5, (height, width, 1))
    return Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))


def make_food101(root: Path, classes: list[str], per_class: int) -> Path:
    """Write `root`/food-101/{images,meta} and return the folder `food-101`. A quarter of each class is for testing."""
    rng, folder = np.random.default_rng(0), root / "food-101"
    meta: dict[str, dict[str, list[str]]] = {"train": {}, "test": {}}
    (folder / "meta").mkdir(parents=True)
    for label in classes:
        (folder / "images" / label).mkdir(parents=True)
        for i in range(per_class):
            photo(rng).save(folder / "images" / label / f"{i}.jpg", quality=90)
            meta["test" if i % 4 == 0 else "train"].setdefault(label, []).append(f"{label}/{i}")
    for split, names in meta.items():
        (folder / "meta" / f"{split}.json").write_text(json.dumps(names))
        (folder / "meta" / f"{split}.txt").write_text("".join(f"{name}\n" for some in names.values() for name in some))
    return folder
