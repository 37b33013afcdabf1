"""All random numbers of a run come from its seed, through a separate generator for each purpose."""

from enum import IntEnum

import numpy as np
import torch


class Stream(IntEnum):
    """The purposes of generators. The numbers decide the results of a run: add new ones, but never change one."""

    INIT = 0
    ORDER = 1
    LOADER = 2
    AUGMENT = 3


def generator(seed: int, stream: Stream, epoch: int = 0) -> torch.Generator:
    """A CPU generator that depends on (seed, stream, epoch) and on nothing else.

    numpy's SeedSequence hashes the three into a seed of 64 bits, so the generators are independent of each other.
    """
    state = np.random.SeedSequence(seed, spawn_key=(stream, epoch)).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]))
