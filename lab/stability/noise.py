"""Do the seeds differ, or does the test set only make it look so?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def split_variance(correct: NDArray[np.bool_]) -> dict[str, Any] | None:
    """The variance over seeds of the validation accuracy in its two parts, after Jordan 2023 (arXiv 2304.01910).

    correct: (num_runs, num_examples), whether a run had an example right after its last epoch. None under two runs or
    two examples. Of N examples and run r with C_ri in {0, 1}:
    observed = Var_r(mean_i C_ri), ddof 1
    test_set = the part that a finite test set adds, observed - distribution
    distribution = N / (N - 1) (observed - sum_i Var_r(C_ri) / N^2), how much the runs differ on the distribution that
    the
        examples were drawn from. Unbiased, so that it may fall below 0 (`distribution_raw`); `distribution` is clipped.
    Standard deviations stand beside the variances. With few runs both parts are rough.
    """
    num_runs, num_examples = correct.shape
    if num_runs < 2 or num_examples < 2:
        return None
    right = correct.sum(axis=0) / num_runs
    observed = float(np.var(correct.mean(axis=1), ddof=1))
    by_example = float(np.sum(right * (1 - right)) * num_runs / (num_runs - 1))
    raw = num_examples / (num_examples - 1) * (observed - by_example / num_examples**2)
    distribution = min(max(raw, 0.0), observed)
    return {
        "num_runs": num_runs,
        "num_examples": num_examples,
        "observed": observed,
        "distribution_raw": raw,
        "distribution": distribution,
        "test_set": observed - distribution,
        "std_observed": observed**0.5,
        "std_distribution": distribution**0.5,
        "std_test_set": (observed - distribution) ** 0.5,
    }


def pack_bits(correct: NDArray[np.bool_]) -> bytes:
    """Eight examples a byte."""
    return np.packbits(correct).tobytes()


def unpack_bits(bits: bytes, num_examples: int) -> NDArray[np.bool_]:
    """(num_examples,)."""
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=num_examples).astype(np.bool_)
