"""How long training waits for data. On a GPU: how fast the loader alone is.

python -m benchmarks.input

On a CPU it prints the share of an epoch that training spends waiting for the next batch of a prepared dataset of 128
pixels. On CUDA it prints how many images a second the loader alone delivers (gather, pin, copy, normalise), compared
with 75,000, and whether the memory is pinned.
"""

import statistics
import tempfile
import time
from pathlib import Path

import torch

from models.task import Classification
from trainer.classification.data import batch_indices, batches
from trainer.classification.datasets.load import load_dataset
from trainer.classification.engine import train_step
from trainer.classification.loop import prepare
from trainer.classification.seeding import Stream, generator
from trainer.classification.sums import Totals
from trainer.device import configure, pick_device

ROUNDS = 5
BATCH = 64


def waiting_share(arch: str, root: Path, device: torch.device) -> float:
    """The share of an epoch that is spent waiting for data, in [0, 1]; the median of ROUNDS epochs."""
    levels = {"arch": arch, "norm": "batch", "init": "he", "dataset": "synthetic", "image_size": 128, "width": 0.25}
    cell = Classification.model_validate(levels | {"synthetic_examples": 1000})
    split = load_dataset(cell, root).train
    training = prepare(cell, 0, 10, device)
    shares = []
    for epoch in range(1, ROUNDS + 1):
        order = torch.randperm(len(split), generator=generator(0, Stream.ORDER, epoch))
        waited, started, totals = 0.0, time.perf_counter(), Totals(device)
        source = batches(split, batch_indices(order, BATCH), device, generator(0, Stream.LOADER, epoch))
        while True:
            asked = time.perf_counter()
            batch = next(source, None)
            waited += time.perf_counter() - asked
            if batch is None:
                break
            train_step(training.model, training.optimizer, *batch, cell, totals, None)
        totals.mean_loss()
        shares.append(waited / (time.perf_counter() - started))
    return statistics.median(shares)


def loader_rate(device: torch.device) -> tuple[float, bool]:
    """(images a second, whether batches were pinned), for 20,000 images of 128 pixels in memory."""
    from trainer.classification.data import whole

    images = torch.randint(256, (20_000, 128, 128, 3), dtype=torch.uint8)
    split, rates = whole(images, torch.zeros(len(images), dtype=torch.int64)), []
    for epoch in range(ROUNDS + 1):
        order = torch.randperm(len(split), generator=generator(0, Stream.ORDER, epoch))
        started = time.perf_counter()
        for _ in batches(split, batch_indices(order, 512), device, generator(0, Stream.LOADER, epoch)):
            pass
        torch.cuda.synchronize(device)
        rates.append(len(split) / (time.perf_counter() - started))
    pinned = torch.utils.data.DataLoader(split, batch_sampler=[[0, 1]], collate_fn=list, pin_memory=True)
    return statistics.median(rates[1:]), all(tensor.is_pinned() for tensor in next(iter(pinned)))


def main() -> None:
    configure(torch.get_num_threads())
    device = pick_device("auto")
    print(f"device {device}, {torch.get_num_threads()} threads, median of {ROUNDS} epochs")
    if device.type == "cuda":
        rate, pinned = loader_rate(device)
        print(f"loader alone: {rate:,.0f} images/s of 128 pixels ({rate / 75_000:.2f} x 75,000), pinned: {pinned}")
        return
    with tempfile.TemporaryDirectory() as folder:
        for arch in ("yolo", "resnet"):
            share = waiting_share(arch, Path(folder), device)
            print(f"{arch}: {share:.1%} of an epoch is spent waiting for data")


if __name__ == "__main__":
    main()
