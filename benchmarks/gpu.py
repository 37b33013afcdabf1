"""How fast the paper's networks train on a GPU, beside a plain PyTorch loop, and the time of its 24 trainings.

python -m benchmarks.gpu

The plain loop is what one would write for one network on one GPU: the whole dataset lies on the GPU, the network and
the images are channels-last, cuDNN picks its algorithms by trying them, Adam is fused, and nothing is measured but the
loss and the accuracy. Its epochs alternate with ours, with ours without diagnostics and with ours without CUDA graphs.
The results are medians. Images a second count the training images of an epoch, which also includes the validation. The
share in brackets is that of the rate at which the same GPU multiplies large matrices in the same precision.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from models.factors import Precision
from models.pixels import to_input
from models.task import Classification
from trainer.classification.data import Split, Splits, whole
from trainer.classification.engine import autocast, set_precision
from trainer.classification.loop import prepare, train
from trainer.device import configure, pick_device

ROUNDS = 5
IMAGE_SIZE, NUM_CLASSES, BATCH = 128, 101, 64
# A fortieth of Food-101. As in all of it, the last training batch is not whole.
NUM_TRAIN, NUM_VAL, PARTS = 1_893, 631, 40
# A run's first epochs, in which its CUDA graphs are made, are not timed.
WARM_UP_EPOCHS = 4
# The side of the matrices whose product shows how fast the GPU can be.
SIDE = 8_192
PAPER_EPOCHS, RUNS_AN_ARCH = 50, 12


def fake_food() -> Splits:
    """Random images in the shape of Food-101."""
    images = torch.randint(256, (NUM_TRAIN + NUM_VAL, IMAGE_SIZE, IMAGE_SIZE, 3), dtype=torch.uint8)
    labels = torch.randint(NUM_CLASSES, (len(images),))
    train_split = whole(images[:NUM_TRAIN], labels[:NUM_TRAIN])
    return Splits(train_split, whole(images[NUM_TRAIN:], labels[NUM_TRAIN:]), NUM_CLASSES)


def our_epochs(
    cell: Classification, data: Splits, device: torch.device, diagnose: bool = True, graphs: bool = True
) -> Iterator[Any]:
    training = prepare(cell, 0, NUM_CLASSES, device)
    training.diagnose, training.graphs = diagnose, graphs
    return train(training, data)


def plain_epochs(cell: Classification, data: Splits, device: torch.device) -> Iterator[None]:
    model = prepare(cell, 0, NUM_CLASSES, device).model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), cell.lr, eps=cell.adam_eps, fused=True)
    train_set, val_set = resident(data.train, device), resident(data.val, device)
    while True:
        model.train()
        _plain_pass(model, train_set, cell, optimizer)
        model.eval()
        with torch.no_grad():
            _plain_pass(model, val_set, cell, None)
        yield


def resident(split: Split, device: torch.device) -> tuple[Tensor, Tensor]:
    return split.images.to(device), split.labels.to(device)


def _plain_pass(
    model: nn.Module, split: tuple[Tensor, Tensor], cell: Classification, optimizer: torch.optim.Optimizer | None
) -> tuple[float, float]:
    """One pass over (images, labels). Returns its (loss, accuracy)."""
    images, labels = split
    order = torch.randperm(len(labels), device=labels.device)
    loss_sum, right = torch.zeros((), device=labels.device), torch.zeros((), device=labels.device)
    for rows in torch.split(order, BATCH if optimizer else 4 * BATCH):
        with autocast(labels.device, cell.precision):
            logits = model(to_input(images[rows]))
        loss = F.cross_entropy(logits.float(), labels[rows])
        if optimizer:
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        loss_sum += loss.detach() * len(rows)
        right += (logits.detach().argmax(1) == labels[rows]).sum()
    return loss_sum.item() / len(labels), right.item() / len(labels)


def seconds_of(epoch: Callable[[], Any], device: torch.device) -> float:
    torch.cuda.synchronize(device)
    started = time.perf_counter()
    epoch()
    torch.cuda.synchronize(device)
    return time.perf_counter() - started


def measure(cell: Classification, data: Splits, device: torch.device) -> dict[str, float]:
    """The median seconds of an epoch: ours, ours without diagnostics, ours without graphs, and the plain loop's."""
    set_precision(device, cell.precision)
    loops = {
        "ours": our_epochs(cell, data, device),
        "undiagnosed": our_epochs(cell, data, device, diagnose=False),
        "eager": our_epochs(cell, data, device, graphs=False),
        "plain": plain_epochs(cell, data, device),
    }
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(WARM_UP_EPOCHS + ROUNDS):
        for name, loop in loops.items():
            free = name == "plain"
            torch.backends.cudnn.benchmark = free
            torch.use_deterministic_algorithms(not free, warn_only=True)
            took = seconds_of(lambda loop=loop: next(loop), device)  # type: ignore[misc]
            if turn >= WARM_UP_EPOCHS:
                seconds[name].append(took)
    return {name: statistics.median(times) for name, times in seconds.items()}


def busy_share(cell: Classification, data: Splits, device: torch.device) -> float:
    """The share of one of our epochs in which the GPU computes, in [0, 1]."""
    epochs = our_epochs(cell, data, device)
    for _ in range(WARM_UP_EPOCHS):
        next(epochs)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA], acc_events=True) as profile:
        took = seconds_of(lambda: next(epochs), device)
    busy: float = sum(event.self_device_time_total for event in profile.key_averages())  # microseconds
    return busy / 1e6 / took


def flops_a_training_image(cell: Classification, device: torch.device) -> int:
    """Floating-point operations of one image's forward and backward pass."""
    model = prepare(cell, 0, NUM_CLASSES, device).model
    counter = FlopCounterMode(display=False)
    with counter:
        model(torch.zeros(2, 3, IMAGE_SIZE, IMAGE_SIZE, device=device)).sum().backward()
    return counter.get_total_flops() // 2


def most_flops(cell: Classification, device: torch.device) -> float:
    """Floating-point operations a second of a product of large matrices, in the precision of the cell."""
    set_precision(device, cell.precision)
    dtype = torch.bfloat16 if cell.precision is Precision.BF16 else torch.float32
    matrix = torch.randn(SIDE, SIDE, device=device, dtype=dtype)
    took = [seconds_of(lambda: matrix @ matrix, device) for _ in range(WARM_UP_EPOCHS + ROUNDS)]
    return float(2 * SIDE**3 / statistics.median(took[WARM_UP_EPOCHS:]))


def main() -> None:
    configure(torch.get_num_threads())
    device = pick_device("cuda")
    data = fake_food()
    name, version = torch.cuda.get_device_name(device), torch.__version__
    print(f"{name}, torch {version}, images of {IMAGE_SIZE} pixels, batches of {BATCH}, median of {ROUNDS} epochs")
    print("network  precision  images/s  x plain  x no graphs  diagnostics  GPU busy  TFLOP/s (share)  memory  12 runs")
    total: dict[Precision, float] = {}
    for precision in Precision:
        for arch in ("yolo", "resnet"):
            levels = {"arch": arch, "norm": "batch", "init": "he", "image_size": IMAGE_SIZE, "epochs": 1000}
            cell = Classification.model_validate(levels | {"precision": precision})
            torch.cuda.reset_peak_memory_stats(device)
            busy = busy_share(cell, data, device)
            memory = torch.cuda.max_memory_allocated(device) / 2**30
            took = measure(cell, data, device)
            rate = NUM_TRAIN / took["ours"]
            flops = rate * flops_a_training_image(cell, device)
            hours = took["ours"] * PARTS * PAPER_EPOCHS * RUNS_AN_ARCH / 3600
            total[precision] = total.get(precision, 0.0) + hours
            times = {name: took[name] / took["ours"] for name in ("plain", "eager")}
            print(
                f"{arch:<8} {precision:<9} {rate:>9,.0f}  {times['plain']:>7.2f}  {times['eager']:>11.2f}  "
                f"{took['ours'] / took['undiagnosed'] - 1:>+11.1%}  {busy:>8.0%}  "
                f"{flops / 1e12:>7.1f} ({flops / most_flops(cell, device):>4.0%})  {memory:>4.1f} G  {hours:>5.2f} h",
                flush=True,
            )
    for precision, hours in total.items():
        print(f"the paper's 24 trainings in {precision}, projected from these epochs: {hours:.1f} h")


if __name__ == "__main__":
    main()
