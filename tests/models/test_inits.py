"""What the paper fixes of initialisation, measured on the real layers of full-size networks."""

import math

import pytest
import torch
from torch import nn

from models.factors import Arch, Init, Norm
from models.inits import TRUNCATED_STD, fans
from models.zoo import build_model

FORMULAS = {Init.HE: lambda i, o: 2 / i, Init.GLOROT: lambda i, o: 2 / (i + o)}


@pytest.mark.parametrize("arch", Arch)
@pytest.mark.parametrize("init", Init)
def test_weights_have_the_named_variance_and_cut_and_biases_are_zero(arch: Arch, init: Init) -> None:
    model = build_model(arch, Norm.NONE, init, 101, 128, 1.0, torch.Generator().manual_seed(1))
    layers = [module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert len(layers) == {Arch.YOLO: 10, Arch.RESNET: 22}[arch]
    for layer in layers:
        variance = FORMULAS[init](*fans(layer.weight))
        cut = 2 * math.sqrt(variance) / TRUNCATED_STD
        assert layer.weight.abs().max().item() <= cut * (1 + 1e-6)
        assert layer.bias is not None
        assert not layer.bias.any()
        if layer.weight.numel() >= 20_000:
            assert layer.weight.var().item() == pytest.approx(variance, rel=0.05)
            assert layer.weight.abs().max().item() > 0.95 * cut


def test_fans_are_kernel_area_times_channels() -> None:
    assert fans(nn.Conv2d(3, 16, 7).weight) == (147, 784)
    assert fans(nn.Linear(10, 20).weight) == (10, 20)


def test_the_generator_alone_decides_the_weights() -> None:
    before = torch.get_rng_state()
    first, again, other = (
        build_model(Arch.YOLO, Norm.BATCH, Init.HE, 10, 16, 0.125, torch.Generator().manual_seed(seed))
        for seed in (3, 3, 4)
    )
    a, b, c = (next(model.parameters()) for model in (first, again, other))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    torch.set_rng_state(before)
