"""Do the seeds differ, or does the test set only make it look so?"""

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result


@result
class Noise:
    num_runs: int = about("Runs whose right and wrong examples are known.")
    num_examples: int = about("Validation examples.")
    observed: float = about("Variance over seeds of the validation accuracy.")
    distribution_raw: float = about("Its part that is not the finite test set's, unbiased: may be below 0.")
    distribution: float = about("The same, clipped to 0 and to what was observed.")
    test_set: float = about("The part that a finite test set adds.")
    std_observed: float = about("Square root of observed.")
    std_distribution: float = about("Square root of distribution.")
    std_test_set: float = about("Square root of test_set.")


def split_variance(correct: NDArray[np.bool_]) -> Noise | None:
    """The variance over seeds of the validation accuracy in its two parts, after Jordan 2023 (arXiv 2304.01910).

    correct: (num_runs, num_examples), whether a run had an example right after its last epoch. None under two runs or
    two examples. Of N examples and run r with C_ri in {0, 1}:
    observed = Var_r(mean_i C_ri), ddof 1
    test_set = the part that a finite test set adds, observed - distribution
    distribution = N / (N - 1) (observed - sum_i Var_r(C_ri) / N^2), how much the runs differ on the distribution that
        the examples were drawn from. Unbiased, so it may fall below 0 (`distribution_raw`); `distribution` is clipped.
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
    return Noise(
        num_runs=num_runs,
        num_examples=num_examples,
        observed=observed,
        distribution_raw=raw,
        distribution=distribution,
        test_set=observed - distribution,
        std_observed=observed**0.5,
        std_distribution=distribution**0.5,
        std_test_set=(observed - distribution) ** 0.5,
    )


def pack_bits(correct: NDArray[np.bool_]) -> bytes:
    """Eight examples a byte."""
    return np.packbits(correct).tobytes()


def unpack_bits(bits: bytes, num_examples: int) -> NDArray[np.bool_]:
    """(num_examples,)."""
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=num_examples).astype(np.bool_)
