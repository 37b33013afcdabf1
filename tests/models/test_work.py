"""The multiply-adds that are told without torch are those that torch counts while it trains."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from evenkeel.plugins import Prepared
from models.factors import Arch, Init, Norm, Optimizer
from models.layout import MIN_IMAGE_SIZE
from models.task import CLASSIFICATION, Classification
from models.work import LAYERS, work
from models.zoo import build_model
from trainer.classification.data import Splits, whole
from trainer.classification.datasets.load import load_dataset
from trainer.classification.loop import prepare, train

pytestmark = pytest.mark.slow

TINY = {"norm": "batch", "init": "he", "epochs": 1}


def counted(do: Callable[[], object]) -> int:
    """The multiply-adds of a call. torch counts each as two operations."""
    with FlopCounterMode(display=False) as counter:
        do()
    assert counter.get_total_flops() % 2 == 0
    return int(counter.get_total_flops()) // 2


@pytest.mark.parametrize("arch", Arch)
@pytest.mark.parametrize(("image_size", "width"), [(0, 0.125), (33, 0.05), (50, 0.3), (64, 0.1)])
def test_a_pass_forward_and_back_takes_the_multiplications_of_the_layers(
    arch: Arch, image_size: int, width: float
) -> None:
    size = image_size or MIN_IMAGE_SIZE[arch]
    model = build_model(arch, Norm.NONE, Init.HE, 7, size, width, torch.Generator().manual_seed(0)).to("meta")
    images = torch.empty(2, 3, size, size, device="meta")
    layers = list(LAYERS[arch](7, size, width))
    forward = sum(layers)
    assert counted(lambda: model(images)) == 2 * forward
    assert counted(lambda: model(images).sum().backward()) == 2 * (3 * forward - layers[0])


@pytest.mark.parametrize("arch", Arch)
def test_an_epoch_takes_as_many_as_torch_counts_while_a_run_trains_and_validates(arch: Arch) -> None:
    levels = TINY | {"arch": arch, "image_size": 16, "width": 0.1, "train_fraction": 0.7, "dataset": "there"}
    cell = Classification.model_validate(levels)
    images, labels = torch.randint(256, (20, 16, 16, 3), dtype=torch.uint8), torch.arange(20) % 5
    data = Splits(whole(images[:13], labels[:13]), whole(images[13:], labels[13:]), 5)
    training = prepare(cell, 0, 5, torch.device("cpu"))
    known = Prepared("there", 16, 5, 13, 7, "0" * 16)
    assert counted(lambda: list(train(training, data))) == work(cell, known)


@pytest.mark.parametrize("dataset", ["digits", "synthetic"])
def test_the_sizes_of_the_bundled_datasets_are_known(dataset: str, tmp_path: Path) -> None:
    levels = TINY | {"arch": "yolo", "image_size": 8, "dataset": dataset, "synthetic_examples": 30}
    cell = Classification.model_validate(levels)
    loaded = load_dataset(cell, tmp_path)
    [first, *rest] = LAYERS[Arch.YOLO](10, 8, 1.0)
    an_example = 2 * first + 3 * sum(rest)
    assert work(cell, None) == len(loaded.train) * an_example + len(loaded.val) * (first + sum(rest))


def test_nothing_is_told_of_a_dataset_that_no_worker_has_or_of_a_plug_in() -> None:
    cell = Classification.model_validate(TINY | {"arch": "yolo"})
    assert work(cell.model_copy(update={"dataset": "elsewhere"}), None) is None
    for factor in ("arch", "norm", "optimizer"):
        assert work(cell.model_copy(update={factor: "mixer"}), None) is None
    assert CLASSIFICATION.work(cell.model_copy(update={"optimizer": Optimizer.SGD}), None) == work(cell, None)
