"""The networks are those of the paper, and the counts without torch agree with the networks."""

import pytest
import torch

from models.factors import STEMMED, Arch, Init, Norm, StemNorm
from models.inits import INITS
from models.layout import MIN_IMAGE_SIZE, PARAMETER_COUNTS, count_parameters
from models.norms import NORMS, num_groups
from models.zoo import ARCHS, build_model

PAPER = {
    (Arch.YOLO, Norm.NONE): 10_307_257,
    (Arch.YOLO, Norm.BATCH): 10_311_833,
    (Arch.RESNET, Norm.NONE): 11_227_813,
    (Arch.RESNET, Norm.BATCH): 11_237_413,
}


def built(
    arch: Arch, norm: Norm, num_classes: int, image_size: int, width: float, stem_norm: StemNorm = StemNorm.PAPER
) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(0)
    return build_model(arch, norm, Init.HE, num_classes, image_size, width, generator, stem_norm=stem_norm)


def learnable(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


@pytest.mark.slow
@pytest.mark.parametrize(("arch", "norm"), PAPER)
def test_the_networks_have_exactly_the_papers_parameters(arch: Arch, norm: Norm) -> None:
    assert learnable(built(arch, norm, 101, 128, 1.0)) == PAPER[arch, norm]
    assert count_parameters(arch, norm, 101, 128) == PAPER[arch, norm]


@pytest.mark.parametrize("arch", Arch)
@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize(("image_size", "width"), [(16, 0.25), (33, 0.1), (64, 0.3), (100, 0.125)])
@pytest.mark.slow
def test_parameters_are_counted_without_torch_as_they_are_built(
    arch: Arch, norm: Norm, image_size: int, width: float
) -> None:
    assert count_parameters(arch, norm, 10, image_size, width) == learnable(built(arch, norm, 10, image_size, width))


@pytest.mark.parametrize("arch", sorted(STEMMED))
@pytest.mark.parametrize("norm", Norm)
@pytest.mark.parametrize("width", [0.1, 0.25])
def test_a_stem_without_norm_is_counted_as_it_is_built(arch: Arch, norm: Norm, width: float) -> None:
    bare = built(arch, norm, 10, 32, width, StemNorm.NONE)
    assert count_parameters(arch, norm, 10, 32, width, StemNorm.NONE) == learnable(bare)
    with_stem = built(arch, norm, 10, 32, width).state_dict()
    gone = {name for name in with_stem if name not in bare.state_dict()}
    assert {"stem.1.weight", "stem.1.bias"} <= gone
    assert all(name.startswith("stem.1.") for name in gone)
    assert all(torch.equal(value, with_stem[name]) for name, value in bare.state_dict().items())


@pytest.mark.parametrize("arch", sorted(STEMMED))
def test_without_norm_the_papers_stem_keeps_batch_norm_and_nothing_else_has_one(arch: Arch) -> None:
    norms = (torch.nn.BatchNorm2d, torch.nn.GroupNorm)
    papers, bare = (built(arch, Norm.NONE, 10, 32, 0.25, stem_norm) for stem_norm in StemNorm)
    assert [name for name, module in papers.named_modules() if isinstance(module, norms)] == ["stem.1"]
    assert [name for name, module in bare.named_modules() if isinstance(module, norms)] == []


@pytest.mark.parametrize("arch", sorted(set(Arch) - STEMMED))
def test_a_network_without_a_stem_is_not_built_without_its_norm(arch: Arch) -> None:
    with pytest.raises(ValueError, match=f"{arch} has no stem"):
        built(arch, Norm.NONE, 10, 32, 0.125, StemNorm.NONE)


def test_every_level_that_a_grid_may_name_can_be_built() -> None:
    assert set(ARCHS) == set(PARAMETER_COUNTS) == set(MIN_IMAGE_SIZE) == set(Arch)
    assert set(NORMS) == set(Norm)
    assert set(INITS) == set(Init)


@pytest.mark.parametrize("arch", Arch)
@pytest.mark.parametrize("norm", Norm)
def test_the_smallest_image_passes_and_a_smaller_one_is_refused(arch: Arch, norm: Norm) -> None:
    size = MIN_IMAGE_SIZE[arch]
    logits = built(arch, norm, 10, size, 0.125)(torch.rand(2, 3, size, size))
    assert logits.shape == (2, 10)
    assert torch.isfinite(logits).all()
    with pytest.raises(ValueError, match=f"at least {size}"):
        built(arch, norm, 10, size - 1, 0.125)


@pytest.mark.parametrize("norm", Norm)
def test_plain_is_resnet_without_what_stands_on_its_skips(norm: Norm) -> None:
    resnet, plain = (built(arch, norm, 10, 32, 0.25) for arch in (Arch.RESNET, Arch.PLAIN))
    kept = {name: value.shape for name, value in resnet.state_dict().items() if ".skip." not in name}
    assert {name: value.shape for name, value in plain.state_dict().items()} == kept


def test_groups_are_of_sixteen_channels_up_to_thirty_two_groups() -> None:
    assert [num_groups(channels) for channels in (3, 16, 31, 32, 64, 100, 512, 1024)] == [1, 1, 1, 2, 4, 5, 32, 32]


@pytest.mark.slow
def test_group_and_layer_norm_do_not_look_at_the_rest_of_the_batch() -> None:
    for norm in (Norm.GROUP, Norm.LAYER):
        model = built(Arch.VGG, norm, 10, 16, 0.125)
        images = torch.rand(4, 3, 16, 16)
        torch.testing.assert_close(model(images)[:1], model(images[:1]))
