"""Batches contain every example once, in the given order, whatever the size of the last batch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.factors import InputScale
from models.pixels import SCALES
from trainer.classification.data import Split, batch_indices, batches, thinned, whole, with_label_noise
from trainer.classification.seeding import Stream, generator


@given(st.integers(1, 300), st.integers(2, 70))
def test_every_example_stands_in_one_batch_in_order(examples: int, batch_size: int) -> None:
    cut = batch_indices(torch.arange(examples), batch_size)
    assert [index for batch in cut for index in batch] == list(range(examples))
    assert all(2 <= len(batch) <= batch_size + 1 for batch in cut) or examples == 1


def test_a_tail_of_one_joins_the_batch_before_it() -> None:
    assert [len(batch) for batch in batch_indices(torch.arange(129), 64)] == [64, 65]
    assert [len(batch) for batch in batch_indices(torch.arange(130), 64)] == [64, 64, 2]


CPU = torch.device("cpu")


def noise(count: int = 360, size: int = 16) -> Split:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (count, size, size, 3), dtype=torch.uint8, generator=generator)
    return whole(images, torch.arange(count) % 10)


def test_batches_are_normalised_and_leave_the_global_generator_alone() -> None:
    split = noise()
    indices = batch_indices(torch.arange(len(split)).flip(0), 100)
    before = torch.get_rng_state()
    found = list(batches(split, indices, CPU, generator(0, Stream.LOADER)))
    assert torch.equal(before, torch.get_rng_state())
    images = torch.cat([images for images, _ in found])
    assert torch.equal(torch.cat([labels for _, labels in found]), split.labels.flip(0))
    assert images.shape == (360, 3, 16, 16)
    assert (images.min().item(), images.max().item()) == (-1.0, 1.0)


@pytest.mark.parametrize(("scale", "low"), [(InputScale.SIGNED, -1.0), (InputScale.UNIT, 0.0)])
def test_the_scale_of_the_input_decides_what_black_and_white_are(scale: InputScale, low: float) -> None:
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(3, 1, 1, 1).expand(3, 4, 4, 3)
    [(pixels, _)] = batches(whole(images, torch.arange(3)), [[0, 1, 2]], CPU, generator(0, Stream.LOADER), scale=scale)
    assert pixels[:, 0, 0, 0].tolist() == pytest.approx([low, low + 0.2 * (1 - low), 1.0])
    assert set(SCALES) == set(InputScale)


@pytest.mark.parametrize("num_workers", [1, 2])
def test_the_number_of_loader_workers_changes_nothing(num_workers: int) -> None:
    split = noise()
    indices = batch_indices(torch.randperm(len(split), generator=generator(0, Stream.ORDER, 1)), 50)
    alone, helped = (list(batches(split, indices, CPU, generator(0, Stream.LOADER), None, n)) for n in (0, num_workers))
    assert len(alone) == len(helped) == 8
    for (images, labels), (same_images, same_labels) in zip(alone, helped, strict=True):
        assert torch.equal(images, same_images)
        assert torch.equal(labels, same_labels)


def test_a_fraction_keeps_images_with_their_labels_and_lies_within_a_larger_one() -> None:
    split = noise()
    half, tenth = thinned(split, 0.5), thinned(split, 0.1)
    assert (len(half), len(tenth)) == (180, 36)
    assert set(tenth.rows.tolist()) < set(half.rows.tolist())
    images, labels = half.__getitems__([0, 7])
    assert torch.equal(images, split.images[half.rows[[0, 7]]])
    assert torch.equal(labels, split.labels[half.rows[[0, 7]]])
    assert thinned(split, 1.0) is split
    assert len(thinned(split, 1e-9)) == 2


def test_label_noise_draws_that_share_anew_and_is_the_same_for_every_seed() -> None:
    split = noise(10_000, 8)
    noisy = with_label_noise(split, 0.5, 10)
    changed = (noisy.labels != split.labels).double().mean().item()
    assert changed == pytest.approx(0.5 * 0.9, abs=0.02)
    assert torch.equal(noisy.labels, with_label_noise(split, 0.5, 10).labels)
    assert torch.equal(with_label_noise(split, 1.0, 10).rows, split.rows)


def test_seed_stream_and_epoch_each_give_other_numbers() -> None:
    keys = [(0, Stream.INIT, 0), (1, Stream.INIT, 0), (0, Stream.ORDER, 0), (0, Stream.ORDER, 1)]
    draws = [torch.rand(4, generator=generator(*key)).tolist() for key in keys]
    assert len({tuple(draw) for draw in draws}) == len(keys)
    assert draws[0] == torch.rand(4, generator=generator(*keys[0])).tolist()
