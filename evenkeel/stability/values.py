"""Numbers as a result has them: None stands for what is not known or not finite."""

import math

import numpy as np
from numpy.typing import NDArray

Value = float | None


def number(value: float) -> Value:
    return float(value) if math.isfinite(value) else None


def numbers(values: NDArray[np.float64]) -> list[Value]:
    listed: list[float] = values.tolist()
    # A sum is finite only where every value is, and is had sooner than asking each.
    return list(listed) if math.isfinite(sum(listed)) else [number(value) for value in listed]
