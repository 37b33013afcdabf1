"""Do the seeds really differ, or does the finite test set only make it look so?"""

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result


@result
class Noise:
    num_runs: int = about("Number of runs for which we know which examples they had right.")
    num_examples: int = about("Number of validation examples.")
    observed: float = about("Variance of the validation accuracy over the seeds.")
    distribution_raw: float = about(
        "The part of observed that the finite test set does not add. It is unbiased, so it may be below 0."
    )
    distribution: float = about("distribution_raw, but at least 0 and at most observed.")
    test_set: float = about("The part of observed that the finite test set adds.")
    std_observed: float = about("Square root of observed.")
    std_distribution: float = about("Square root of distribution.")
    std_test_set: float = about("Square root of test_set.")


def split_variance(correct: NDArray[np.bool_]) -> Noise | None:
    """Split the variance of the validation accuracy over the seeds into two parts (Jordan 2023, arXiv 2304.01910).

    C_ri is 1 if run r had example i right, and 0 if not. There are N examples.
    observed = Var_r(mean_i C_ri), ddof 1
    distribution = N / (N - 1) (observed - sum_i Var_r(C_ri) / N^2): how much the runs differ on the distribution from
        which the examples were drawn. This estimate is unbiased, so it may fall below 0 (`distribution_raw`). The
        field `distribution` is clipped.
    test_set = observed - distribution: the part that the finite test set adds.
    With few runs, both parts are rough estimates.

    Args:
        correct: (num_runs, num_examples), whether a run had an example right after its last epoch.

    Returns:
        The parts, and the standard deviation of each. None for fewer than two runs or two examples.
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
    """Pack the values into bytes, eight examples in each."""
    return np.packbits(correct).tobytes()


def unpack_bits(bits: bytes, num_examples: int) -> NDArray[np.bool_]:
    """The (num_examples,) values that `pack_bits` packed."""
    return np.unpackbits(np.frombuffer(bits, np.uint8), count=num_examples).astype(np.bool_)
