"""The initialisation that the paper describes, measured on the real layers of full-size networks."""

import math

import pytest
import torch
from torch import nn

from models.factors import Arch, Init, Norm
from models.inits import TRUNCATED_STD, fans
from models.zoo import build_model

TRUNCATED = {
    Init.HE: lambda i, o: 2 / i,
    Init.GLOROT: lambda i, o: 2 / (i + o),
    Init.LECUN: lambda i, o: 1 / i,
}
FORMULAS = TRUNCATED | {
    # The rows or the columns are orthonormal, whichever are fewer. Each has unit length and max(rows, columns) numbers.
    Init.ORTHOGONAL: lambda i, o: 1 / i,
    Init.NORMAL: lambda i, o: 1e-4,
}
LAYERS = {Arch.YOLO: 10, Arch.RESNET: 22, Arch.PLAIN: 18, Arch.VGG: 11}


def layers_of(model: nn.Module) -> list[nn.Conv2d | nn.Linear]:
    return [module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)]


@pytest.mark.slow
@pytest.mark.parametrize("arch", Arch)
@pytest.mark.parametrize("init", FORMULAS)
def test_weights_have_the_named_variance_and_cut_and_biases_are_zero(arch: Arch, init: Init) -> None:
    width = 1.0 if arch in (Arch.YOLO, Arch.RESNET) and init in TRUNCATED else 0.5
    layers = layers_of(build_model(arch, Norm.NONE, init, 101, 128, width, torch.Generator().manual_seed(1)))
    assert len(layers) == LAYERS[arch]
    for layer in layers:
        fan_in, fan_out = fans(layer.weight)
        if init is Init.ORTHOGONAL:
            fan_in = max(fan_in, len(layer.weight))
        variance = FORMULAS[init](fan_in, fan_out)
        cut = 2 * math.sqrt(variance) / TRUNCATED_STD
        assert layer.bias is not None
        assert not layer.bias.any()
        if init in TRUNCATED:
            assert layer.weight.abs().max().item() <= cut * (1 + 1e-6)
        if layer.weight.numel() >= 20_000:
            assert layer.weight.var().item() == pytest.approx(variance, rel=0.05)
            assert layer.weight.abs().max().item() > 0.95 * cut


@pytest.mark.slow
def test_orthogonal_rows_or_columns_are_orthonormal() -> None:
    model = build_model(Arch.YOLO, Norm.NONE, Init.ORTHOGONAL, 10, 16, 0.25, torch.Generator().manual_seed(1))
    for layer in layers_of(model):
        flat = layer.weight.detach().flatten(1)
        short = flat if len(flat) <= flat.shape[1] else flat.T
        torch.testing.assert_close(short @ short.T, torch.eye(len(short)), atol=1e-5, rtol=0)


@pytest.mark.parametrize("norm", Norm)
def test_zero_residual_begins_every_block_as_its_skip(norm: Norm) -> None:
    model = build_model(Arch.RESNET, norm, Init.ZERO_RESIDUAL, 10, 32, 0.25, torch.Generator().manual_seed(1))
    images = torch.rand(2, 16, 8, 8)
    for block in model.blocks:
        assert torch.equal(block(images), torch.relu(block.skip(images)))
        images = block(images)
    assert all(layer.weight.any() for layer in layers_of(model)) == (norm is not Norm.NONE)


@pytest.mark.parametrize("arch", [Arch.YOLO, Arch.PLAIN, Arch.VGG])
def test_zero_residual_is_refused_where_there_is_no_branch(arch: Arch) -> None:
    with pytest.raises(ValueError, match="no residual branches"):
        build_model(arch, Norm.NONE, Init.ZERO_RESIDUAL, 10, 32, 0.25, torch.Generator())


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
