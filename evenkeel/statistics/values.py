"""The numbers in a result. None stands for a number that is unknown or not finite."""

import math

import numpy as np
from numpy.typing import NDArray

Value = float | None


def number(value: float) -> Value:
    return float(value) if math.isfinite(value) else None


def numbers(values: NDArray[np.float64]) -> list[Value]:
    listed: list[float] = values.tolist()
    # If the sum is finite, every value is finite. Adding them up is faster than testing each of them.
    return list(listed) if math.isfinite(sum(listed)) else [number(value) for value in listed]
