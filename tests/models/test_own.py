"""Networks, norms and inits of plug-ins are built as the lab's own are, and one that does not work is named."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.extra import Extra, LevelError, extra_levels
from models.factors import Init, Norm
from models.inits import INITS, fans
from models.norms import NORMS, NormLayer
from models.own import can_lie_channels_last
from models.yolo import TinyYolo
from models.zoo import build_model

pytestmark = pytest.mark.slow

Hand = Callable[..., None]


@pytest.fixture
def hand_in(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """Hands in the code of levels until the test ends."""

    def hand_in(factor: str, **codes: Callable[..., Any]) -> None:
        for level, code in codes.items():
            monkeypatch.setitem(extra_levels[factor], level, Extra(factor, level, code, "lab-nets==0.1.0"))

    return hand_in


def built(arch: str, norm: str = "batch", init: str = "he", image_size: int = 8, seed: int = 3) -> nn.Module:
    return build_model(arch, norm, init, 10, image_size, 0.0625, torch.Generator().manual_seed(seed))


def same(one: nn.Module, other: nn.Module) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def copied_yolo(num_classes: int, image_size: int, width: float, norm: NormLayer) -> nn.Module:
    return TinyYolo(norm, num_classes, image_size, width)


class Viewing(nn.Module):
    """Calls `view` on what a convolution returns, and holds weights that the lab does not draw."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3, padding=1)
        self.mask = nn.Parameter(torch.rand(4, 1, 1))
        self.classifier = nn.LazyLinear(num_classes)

    def forward(self, images: Tensor) -> Tensor:
        features = self.layer(images) * self.mask
        logits: Tensor = self.classifier(features.view(len(features), -1))
        return logits


@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize("init", sorted(set(Init) - {Init.ZERO_RESIDUAL}))
def test_a_copy_of_a_built_in_network_begins_with_the_same_weights(hand_in: Hand, norm: str, init: str) -> None:
    hand_in("arch", copy=copied_yolo)
    assert same(built("copy", norm, init), built("yolo", norm, init))


def test_a_copy_of_a_built_in_norm_or_init_gives_the_same_weights(hand_in: Hand) -> None:
    def draw(weight: Tensor, generator: torch.Generator, fan_in: int, fan_out: int) -> None:
        assert (fan_in, fan_out) == fans(weight)
        INITS[Init.GLOROT](weight, generator)

    hand_in("norm", copy=lambda channels: NORMS[Norm.GROUP](channels, 1e-3, 0.1))
    hand_in("init", copy=draw)
    for arch in ("resnet", "vgg"):
        own, lab = built(arch, "copy", "copy", 16), built(arch, "group", "glorot", 16)
        assert same(own, lab)
        images = torch.rand(2, 3, 16, 16)
        assert torch.equal(own(images), lab(images))


def test_an_init_may_write_into_the_weight_as_it_is(hand_in: Hand) -> None:
    hand_in("init", halves=lambda weight, generator, fan_in, fan_out: weight.fill_(0.5))
    weights = [module.weight for module in built("yolo", init="halves").modules() if isinstance(module, nn.Conv2d)]
    assert all(weight.eq(0.5).all() and weight.requires_grad for weight in weights)


def test_every_weight_depends_on_the_generator_alone_and_the_global_one_stays_as_it_was(hand_in: Hand) -> None:
    hand_in("arch", viewing=lambda num_classes, **_: Viewing(num_classes))
    torch.manual_seed(1)
    before, first = torch.get_rng_state(), built("viewing")
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    again, other = built("viewing"), built("viewing", seed=4)
    assert same(first, again)
    assert not torch.equal(first.mask, other.mask)
    assert not torch.equal(first.classifier.weight, other.classifier.weight)


def test_a_network_that_only_takes_images_in_the_usual_layout_gets_them_so(hand_in: Hand) -> None:
    hand_in("arch", viewing=lambda num_classes, **_: Viewing(num_classes), copy=copied_yolo)
    viewing, copy = built("viewing"), built("copy")
    assert (can_lie_channels_last(viewing), can_lie_channels_last(copy)) == (False, True)
    images = torch.rand(2, 8, 8, 3).permute(0, 3, 1, 2)
    assert viewing(images).shape == (2, 10)
    assert viewing.training


def test_zero_residual_takes_a_network_whose_blocks_name_the_end_of_their_branch(hand_in: Hand) -> None:
    class Mixed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.branch_end = nn.Conv1d(3, 5, 1), nn.Linear(64, 10)

        def forward(self, images: Tensor) -> Tensor:
            logits: Tensor = self.branch_end(self.first(images.flatten(2))).mean(1)
            return logits

    hand_in("arch", mixed=lambda **_: Mixed(), copy=copied_yolo)
    mixed = built("mixed", init="zero_residual")
    assert not mixed.branch_end.weight.any()
    assert mixed.first.weight.any()
    assert same(built("mixed", init="he").first, mixed.first)
    with pytest.raises(ValueError, match="'zero_residual' needs residual branches: no module of the network has a br"):
        built("copy", init="zero_residual")


def test_zero_residual_takes_resnet_with_a_norm_that_has_no_gain(hand_in: Hand) -> None:
    hand_in("norm", bare=lambda channels: nn.GroupNorm(1, channels, affine=False))
    model = built("resnet", "bare", "zero_residual", 16)
    assert all(not block.conv2.weight.any() for block in model.blocks)


def fail(**_: Any) -> nn.Module:
    raise TypeError("no such layer")


def refuse_small(image_size: int, **_: Any) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 10, image_size + 1), nn.Flatten())


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (fail, "fails for 10 classes and images of 8 pixels: TypeError: no such layer"),
        (lambda **_: "a network", r"must return a torch.nn.modules.module.Module, not str"),
        (refuse_small, r"fails on images \(B, 3, 8, 8\): Calculated padded input size"),
        (
            lambda **_: nn.Sequential(nn.Flatten(), nn.Linear(192, 7)),
            r"turns 2 images into torch.float32 \(2, 7\); it must be .* \(2, 10\)",
        ),
        (lambda **_: nn.Sequential(nn.Flatten(), nn.AdaptiveAvgPool1d(10)), "has no weight that can be trained"),
        (lambda **_: nn.Sequential(nn.Flatten(2), nn.LSTM(64, 10, batch_first=True)), "turns 2 images into tuple"),
    ],
)
def test_a_network_that_does_not_work_is_named_with_its_package(
    hand_in: Hand, build: Callable[..., Any], problem: str
) -> None:
    hand_in("arch", mine=build)
    with pytest.raises(LevelError, match=f"arch 'mine' of lab-nets==0.1.0:? {problem}"):
        built("mine")


def test_a_norm_or_an_init_that_does_not_work_is_named_with_its_package(hand_in: Hand) -> None:
    hand_in("norm", mine=lambda channels: channels)
    hand_in("init", mine=lambda weight: None)
    with pytest.raises(LevelError, match=r"norm 'mine' of lab-nets==0.1.0 must return a torch.nn.*, not int"):
        built("yolo", "mine")
    with pytest.raises(LevelError, match=r"init 'mine' of lab-nets==0.1.0 fails on a weight \(1, 3, 3, 3\): TypeError"):
        built("yolo", init="mine")


def test_a_level_that_nobody_brings_cannot_be_built() -> None:
    for levels in (("mine", "batch", "he"), ("yolo", "mine", "he"), ("yolo", "batch", "mine")):
        with pytest.raises(LevelError, match="'mine' is not built in, and no package here brings it"):
            built(*levels)
