"""Augmented images are the same images, shifted and mirrored. Only the generator decides how."""

import pytest
import torch

from models.factors import Augment, InputScale
from models.pixels import SCALES
from trainer.classification.augment import AUGMENTS, GRAY, augmenter, crop, flip
from trainer.classification.seeding import Stream, generator

IMAGES = torch.arange(64 * 16 * 16 * 3).reshape(64, 16, 16, 3).remainder(251).to(torch.uint8)


def test_every_level_can_be_made() -> None:
    assert set(AUGMENTS) == set(Augment)
    assert augmenter(Augment.NONE, generator(0, Stream.AUGMENT)) is None


def test_flip_mirrors_about_half_and_changes_nothing_else() -> None:
    flipped = flip(IMAGES, generator(0, Stream.AUGMENT))
    mirrored = [torch.equal(after, before.flip(1)) for after, before in zip(flipped, IMAGES, strict=True)]
    same = [torch.equal(after, before) for after, before in zip(flipped, IMAGES, strict=True)]
    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert 16 < sum(mirrored) < 48


def test_crop_moves_by_at_most_an_eighth_and_fills_with_gray() -> None:
    moves = set()
    for after, before in zip(crop(IMAGES, generator(0, Stream.AUGMENT)), IMAGES, strict=True):
        padded = torch.full((20, 20, 3), GRAY, dtype=torch.uint8)
        padded[2:18, 2:18] = before
        found = [
            (top, left, turned)
            for turned in (False, True)
            for top in range(5)
            for left in range(5)
            if torch.equal(after.flip(1) if turned else after, padded[top : top + 16, left : left + 16])
        ]
        assert len(found) == 1
        moves.add(found[0])
    assert {top for top, _, _ in moves} == {left for _, left, _ in moves} == set(range(5))


@pytest.mark.parametrize("scale", InputScale)
def test_what_stands_beyond_an_images_edge_is_zero_on_every_scale(scale: InputScale) -> None:
    white = torch.full((64, 16, 16, 3), 255, dtype=torch.uint8)
    change = augmenter(Augment.CROP, generator(0, Stream.AUGMENT), scale)
    assert change is not None
    cropped = change(white)
    beyond = SCALES[scale](cropped[cropped < 255].float())
    assert len(beyond)
    assert beyond.abs().max().item() < 1 / 254  # signed: no other byte is nearer to zero


def test_the_generator_alone_decides() -> None:
    before = torch.get_rng_state()
    first, again, other = (crop(IMAGES, generator(seed, Stream.AUGMENT, 3)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(before, torch.get_rng_state())
