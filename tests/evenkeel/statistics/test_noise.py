"""Whether seeds differ, tested on simulations in which this is known."""

import numpy as np
import pytest

from evenkeel.statistics.noise import pack_bits, split_variance, unpack_bits


def simulate(spread: float, num_examples: int, num_runs: int, rng: np.random.Generator) -> np.ndarray:
    """Runs whose accuracy on the distribution varies by `spread`, on examples of varied difficulty."""
    difficulty = rng.beta(2, 1, num_examples)
    skill = rng.normal(0, spread, num_runs)
    chances = np.clip(difficulty + skill[:, np.newaxis], 0, 1)
    return rng.uniform(size=chances.shape) < chances


@pytest.mark.parametrize("spread", [0.0, 0.03])
def test_the_part_of_the_distribution_is_found_without_bias(spread: float) -> None:
    rng = np.random.default_rng(0)
    found = [split_variance(simulate(spread, 300, 5, rng)) for _ in range(1500)]
    raw = np.mean([split.distribution_raw for split in found])
    # Clipping the chances to [0, 1] takes a little off the spread.
    assert raw == pytest.approx(spread**2 * 0.93, abs=4e-5)
    observed = np.mean([split.observed for split in found])
    assert observed > raw + 3e-4


def test_the_parts_add_up_and_are_not_negative() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        split = split_variance(simulate(0.0, 50, 3, rng))
        assert split.distribution + split.test_set == pytest.approx(split.observed)
        assert min(split.distribution, split.test_set) >= 0


def test_it_is_the_formula_by_hand() -> None:
    correct = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], bool)
    split = split_variance(correct)
    assert split.observed == pytest.approx(0.03125)
    assert split.distribution_raw == pytest.approx(4 / 3 * (0.03125 - 0.5 / 16))


def test_runs_that_are_right_on_the_same_examples_do_not_differ() -> None:
    split = split_variance(np.tile([True, False, True], (4, 1)))
    assert split.observed == split.distribution == split.test_set == 0


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (3, 1), (3, 0)])
def test_too_little_to_split_is_none(shape: tuple[int, int]) -> None:
    assert split_variance(np.ones(shape, bool)) is None


@pytest.mark.parametrize("n", [0, 1, 8, 13])
def test_bits_come_back_as_they_were(n: int) -> None:
    correct = np.random.default_rng(n).uniform(size=n) < 0.5
    packed = pack_bits(correct)
    assert len(packed) == (n + 7) // 8
    np.testing.assert_array_equal(unpack_bits(packed, n), correct)
