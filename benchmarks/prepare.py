"""How many images a second are prepared, compared with a plain single-process loop with Pillow over the same files.

python -m benchmarks.prepare [--images 5000] [--rounds 5]

The benchmark makes the files: JPEGs of 512 x 512 in Food-101's layout. The ways alternate, and the results are medians.
Neither side counts its imports. Our time counts everything from the first look at the files to the synced, renamed
folder.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    # These are imported here because the processes of the pool import this module and do not need them.
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
    import numpy as np
    from foodlike import make_food101
    from PIL import Image

    from models.datasets import Dataset
    from trainer.classification.datasets.decoding import decode
    from trainer.classification.datasets.prepare import prepare
    from trainer.classification.datasets.published import torchvision_source

    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        print(f"making {options.images} JPEGs of 512 x 512 ...", flush=True)
        tree = make_food101(Path(folder), [f"dish {i}" for i in range(25)], options.images // 25)
        source = torchvision_source(Dataset.FOOD101, tree)
        paths = [*source.train.paths, *source.val.paths]  # type: ignore[attr-defined]
        out = np.empty((len(paths), 128, 128, 3), np.uint8)

        def loop(resample: Image.Resampling) -> float:
            started = time.perf_counter()
            for row, path in enumerate(paths):
                with Image.open(path) as image:
                    out[row] = np.asarray(image.convert("RGB").resize((128, 128), resample))
            return time.perf_counter() - started

        def ours() -> float:
            shutil.rmtree(Path(folder) / "out", ignore_errors=True)
            started = time.perf_counter()
            prepare(Path(folder) / "out", "food101", 128, lambda: source)
            return time.perf_counter() - started

        sides = {
            "Pillow, its default filter (bicubic)": lambda: loop(Image.Resampling.BICUBIC),
            "Pillow, our filter (bilinear)": lambda: loop(Image.Resampling.BILINEAR),
            "evenkeel data prepare": ours,
        }
        seconds: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(options.rounds):
            for name, side in sides.items():
                seconds[name].append(side())
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        best = medians["evenkeel data prepare"]
        print(f"{len(paths)} images, {len(os.sched_getaffinity(0))} cores, median of {options.rounds}")
        for name, median in medians.items():
            print(f"{name:<38} {len(paths) / median:7.0f} images/s   ours is {median / best:.2f} x")
        loop(Image.Resampling.BILINEAR)
        apart = [np.abs(decode(Path(path), 128).astype(int) - out[i]).mean() for i, path in enumerate(paths[:200])]
        print(f"mean difference of a pixel from Pillow's full decode: {np.mean(apart):.2f} of 255")


if __name__ == "__main__":
    main()
