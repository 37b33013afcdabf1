"""Each diagnostic agrees with its definition, computed by hand."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from trainer.classification.diagnostics import UPDATE_EVERY, Diagnostics, highest_per_unit, whole_norm


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3), nn.LeakyReLU(0.1))


def test_numbers_are_what_a_plain_loop_finds() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    diagnostics = Diagnostics(model)
    norms, losses, ratios = [], [], []
    for step in range(UPDATE_EVERY + 3):
        images, labels = torch.randn(8, 4) * (1 + step % 5), torch.randint(3, (8,))
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        gradient = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
        before = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
        norm = diagnostics.before_update(loss)
        assert norm.item() == pytest.approx(gradient.norm().item())
        optimizer.step()
        diagnostics.after_update()
        after = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
        norms.append(gradient.norm().item())
        losses.append(loss.item())
        if step in (0, UPDATE_EVERY):
            ratios.append(((after - before).norm() / before.norm()).item())
    found = diagnostics.read()
    assert found["grad_norm_mean"] == pytest.approx(sum(norms) / len(norms))
    assert found["grad_norm_max"] == pytest.approx(max(norms))
    assert found["update_ratio"] == pytest.approx(sum(ratios) / 2, rel=1e-5)
    assert found["loss_jump"] == pytest.approx(max(b - a for a, b in pairwise(losses)))


def test_dead_units_are_those_positive_for_no_example_in_the_worst_relu_layer() -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3), nn.ReLU(), nn.Linear(3, 2), nn.LeakyReLU(0.1))
    with torch.no_grad():
        model[0].bias[:2] = -1e6
        model[2].bias[0] = -1e6
        model[4].bias[:] = -1e6
    diagnostics = Diagnostics(model)
    with diagnostics.watching_units():
        for _ in range(4):
            model(torch.randn(50, 4))
    assert diagnostics.read()["dead_units"] == pytest.approx(max(2 / 6, 1 / 3))
    assert not model[1]._forward_hooks


@pytest.mark.parametrize(("slope", "dead"), [(0.1, None), (0.0, 1.0)])
def test_a_unit_dies_only_where_no_gradient_flows(slope: float, dead: float | None) -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.LeakyReLU(slope))
    with torch.no_grad():
        model[0].bias.fill_(-1e6)
    diagnostics = Diagnostics(model)
    with diagnostics.watching_units():
        model(torch.randn(50, 4)).sum().backward()
    assert diagnostics.read()["dead_units"] == dead
    assert bool(model[0].weight.grad.any()) == (dead is None)


def test_a_convolutions_unit_is_its_channel() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 1), nn.ReLU())
    with torch.no_grad():
        model[0].weight.fill_(1.0)
        model[0].bias.copy_(torch.tensor([0.0, -0.5, -2.0, -2.0]))
    image = torch.zeros(2, 1, 3, 3)
    image[1, 0, 2, 2] = 1.0
    diagnostics = Diagnostics(model)
    with diagnostics.watching_units():
        model(image)
    assert diagnostics.read()["dead_units"] == 0.5


def test_what_was_not_measured_or_is_not_finite_is_none() -> None:
    model = network()
    assert set(Diagnostics(model).read().values()) == {None}
    diagnostics = Diagnostics(model)
    for value in (1.0, float("inf")):
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, value)
        diagnostics.before_update(torch.tensor(value))
        diagnostics.after_update()
    found = diagnostics.read()
    assert (found["grad_norm_mean"], found["grad_norm_max"], found["loss_jump"]) == (None, None, None)
    assert found["update_ratio"] == 0.0


def test_the_norm_of_all_is_that_of_one_vector() -> None:
    tensors = [torch.randn(3), torch.randn(100, 100), torch.randn(()), torch.randn(5000)]
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    for some in (tensors, tensors[:1], tensors[1:2]):
        expected = flat.norm() if some is tensors else some[0].norm()
        torch.testing.assert_close(whole_norm(some), expected)


def test_each_epoch_is_told_alone() -> None:
    model = network()
    diagnostics = Diagnostics(model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    diagnostics.before_update(torch.tensor(1.0))
    diagnostics.after_update()
    assert diagnostics.read()["grad_norm_max"] is not None
    assert set(diagnostics.read().values()) == {None}


@pytest.mark.parametrize("shape", [(9, 5), (9, 5, 2, 2), (2, 5, 7, 3), (1, 1, 1, 1)])
def test_the_highest_of_a_unit_is_over_all_examples_and_places(shape: tuple[int, ...]) -> None:
    output = torch.randn(shape)
    expected = [output[:, unit].max().item() for unit in range(shape[1])]
    assert highest_per_unit(output).tolist() == expected
    if output.ndim == 4:
        assert highest_per_unit(output.contiguous(memory_format=torch.channels_last)).tolist() == expected
