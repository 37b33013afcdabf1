"""Turns the packed curves of a run into its epochs."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.records.rows import Epoch

LOGGED = np.dtype("<i8")  # ms since 1970


def pack_times(logged_ms: Sequence[int]) -> bytes:
    """What column `logged` of table `curves` holds."""
    return np.array(logged_ms, LOGGED).tobytes()


def unpack_times(logged: bytes) -> list[int]:
    times: list[int] = np.frombuffer(logged, LOGGED).tolist()
    return times


def to_epochs(run_id: str, curves: Mapping[str, NDArray[Any]], logged_ms: Sequence[int]) -> list[Epoch]:
    """The epochs of a run, from the first one on.

    Args:
        curves: As `evenkeel.claims.packing.unpack` returns them. NaN becomes None. If they do not say how long the
            epochs took, their seconds are NaN.
        logged_ms: When each epoch was logged, in ms since 1970.
    """
    values = {name: _known(curve.tolist()) for name, curve in curves.items()}
    seconds = values.pop("epoch_seconds", [math.nan] * len(logged_ms))
    return [
        Epoch(run_id, place + 1, {name: curve[place] for name, curve in values.items()}, seconds[place], at_ms)
        for place, at_ms in enumerate(logged_ms)
    ]


def _known(values: list[float]) -> list[Any]:
    return [None if math.isnan(value) else value for value in values]
