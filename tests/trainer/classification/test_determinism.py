"""No network of ours uses an operation that gives other bits each time on a GPU.

A CPU runs the same operations under the same names, so this can be seen without a GPU. tests/gpu shows the same bits.
"""

from typing import Any

import pytest
import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from models.factors import Arch, Augment, Norm
from models.pixels import to_input
from models.task import Classification
from trainer.classification.augment import augmenter
from trainer.classification.engine import train_step
from trainer.classification.loop import prepare
from trainer.classification.sums import Totals

# The operations that have no deterministic algorithm on CUDA: the second list in the documentation of
# `torch.use_deterministic_algorithms` (2.15), by the beginnings of the names of their kernels.
UNSTABLE = (
    "avg_pool3d_backward",
    "_adaptive_avg_pool2d_backward",
    "_adaptive_avg_pool3d_backward",
    "adaptive_max_pool2d_backward",
    "fractional_max_pool2d_backward",
    "fractional_max_pool3d_backward",
    "max_unpool",
    "upsample_linear1d_backward",
    "upsample_bilinear2d_backward",
    "_upsample_bilinear2d_aa_backward",
    "upsample_bicubic2d_backward",
    "_upsample_bicubic2d_aa_backward",
    "upsample_trilinear3d_backward",
    "reflection_pad1d_backward",
    "reflection_pad2d_backward",
    "reflection_pad3d_backward",
    "nll_loss2d",
    "_ctc_loss_backward",
    "_embedding_bag_dense_backward",
    "put_",
    "histc",
    "bincount",
    "median",
    "nanmedian",
    "grid_sampler_2d_backward",
    "grid_sampler_3d_backward",
    "scatter_reduce",
)


class Recorded(TorchDispatchMode):
    """Records the names of the operations that run within it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(function.overloadpacket.__name__)
        return function(*args, **(kwargs or {}))

    def unstable(self) -> set[str]:
        return {name for name in self.names if name.startswith(UNSTABLE)}


@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize("arch", Arch)
def test_no_network_uses_an_operation_that_is_not_deterministic_on_a_gpu(arch: Arch, norm: Norm) -> None:
    for augment in Augment:
        levels = {"arch": arch, "norm": norm, "init": "he", "image_size": 16, "width": 0.0625, "augment": augment}
        cell = Classification.model_validate(levels | {"label_smoothing": 0.1, "grad_clip": 1.0})
        training = prepare(cell, 0, 10, torch.device("cpu"))
        images = torch.randint(256, (4, 16, 16, 3), dtype=torch.uint8)
        with Recorded() as recorded:
            change = augmenter(augment, torch.Generator())
            changed = to_input(change(images) if change else images)
            labels, totals = torch.arange(4), Totals(training.device)
            train_step(training.model, training.optimizer, changed, labels, cell, totals, training.diagnostics)
        assert {"convolution_backward", "_fused_adam_"} <= recorded.names
        assert recorded.unstable() == set()


def test_an_operation_that_is_not_deterministic_would_be_noticed() -> None:
    images = torch.rand(2, 3, 8, 8, requires_grad=True)
    with Recorded() as recorded:
        pooled = F.adaptive_avg_pool2d(images, 3) + F.interpolate(images, size=3, mode="bilinear")
        pooled.sum().backward()  # type: ignore[no-untyped-call]
    assert recorded.unstable() == {"_adaptive_avg_pool2d_backward", "upsample_bilinear2d_backward"}
