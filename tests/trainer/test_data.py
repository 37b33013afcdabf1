"""Batches: every example once, in the given order, whatever the size of the tail."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from lab.datasets import FACTS, Dataset
from trainer.data import batch_indices, batches
from trainer.datasets import LOADERS, load_dataset
from trainer.seeding import Stream, generator


@given(st.integers(1, 300), st.integers(2, 70))
def test_every_example_stands_in_one_batch_in_order(examples: int, batch_size: int) -> None:
    cut = batch_indices(torch.arange(examples), batch_size)
    assert [index for batch in cut for index in batch] == list(range(examples))
    assert all(2 <= len(batch) <= batch_size + 1 for batch in cut) or examples == 1


def test_a_tail_of_one_joins_the_batch_before_it() -> None:
    assert [len(batch) for batch in batch_indices(torch.arange(129), 64)] == [64, 65]
    assert [len(batch) for batch in batch_indices(torch.arange(130), 64)] == [64, 64, 2]


def test_batches_are_normalised_and_leave_the_global_generator_alone() -> None:
    split = load_dataset(Dataset.DIGITS, 16).val
    order = torch.arange(len(split)).flip(0)
    before = torch.get_rng_state()
    found = list(batches(split, order, 100, torch.device("cpu"), generator(0, Stream.LOADER)))
    assert torch.equal(before, torch.get_rng_state())
    images = torch.cat([images for images, _ in found])
    assert torch.equal(torch.cat([labels for _, labels in found]), split.labels.flip(0))
    assert images.shape == (360, 3, 16, 16)
    assert (images.min().item(), images.max().item()) == (-1.0, 1.0)


def test_datasets_are_what_the_lab_says_of_them() -> None:
    assert set(LOADERS) == set(FACTS) == set(Dataset)
    for name, facts in FACTS.items():
        splits = load_dataset(name, 16)
        assert (len(splits.train), len(splits.val), splits.num_classes) == (
            facts.num_train,
            facts.num_val,
            facts.num_classes,
        )
        assert set(splits.train.labels.tolist()) == set(range(facts.num_classes))


def test_seed_stream_and_epoch_each_give_other_numbers() -> None:
    keys = [(0, Stream.INIT, 0), (1, Stream.INIT, 0), (0, Stream.ORDER, 0), (0, Stream.ORDER, 1)]
    draws = [torch.rand(4, generator=generator(*key)).tolist() for key in keys]
    assert len({tuple(draw) for draw in draws}) == len(keys)
    assert draws[0] == torch.rand(4, generator=generator(*keys[0])).tolist()
