"""Everything random in a run comes from its seed, through one generator for each purpose."""

from enum import IntEnum

import numpy as np
import torch


class Stream(IntEnum):
    """What a generator is for. The numbers are part of a run's identity: add, never renumber."""

    INIT = 0
    ORDER = 1
    LOADER = 2
    AUGMENT = 3


def generator(seed: int, stream: Stream, epoch: int = 0) -> torch.Generator:
    """A CPU generator that depends on (seed, stream, epoch) and nothing else.

    Independent by construction: numpy's SeedSequence hashes the three into the 64 bits of the seed.
    """
    state = np.random.SeedSequence(seed, spawn_key=(stream, epoch)).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]))
