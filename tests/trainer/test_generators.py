"""The global generators go on where they were."""

import io
import random

import numpy as np
import torch

from trainer.generators import generator_states, restore_generators, seed_generators


def draw() -> tuple[float, ...]:
    # A normal number of Python or NumPy leaves a second one behind, which is a part of the state.
    return random.gauss(0, 1), float(np.random.normal()), torch.rand(()).item()


def test_states_that_were_saved_and_restored_draw_the_same_numbers() -> None:
    seed_generators(5)
    draw()
    buffer = io.BytesIO()
    torch.save(generator_states(), buffer)
    drawn = [draw(), draw()]
    seed_generators(6)
    buffer.seek(0)
    restore_generators(torch.load(buffer, weights_only=True))
    assert [draw(), draw()] == drawn


def test_a_seed_gives_the_same_numbers_whatever_was_drawn_before() -> None:
    seed_generators(2**31 - 1)
    drawn = draw()
    seed_generators(2**31 - 1)
    assert draw() == drawn
