"""Numbers of groups, and sums over them."""

import numpy as np

from evenkeel.factors.numbering import group_means, group_sums, numbered

RNG = np.random.default_rng(0)


def test_combinations_are_numbered_in_the_order_of_their_keys() -> None:
    for largest in (3, 10**12):
        keys = RNG.integers(-largest, largest, (3, 200)) // (largest // 3)
        expected = np.unique(keys.T, axis=0, return_inverse=True)[1].reshape(-1)
        np.testing.assert_array_equal(numbered(*keys), expected)
    assert len(numbered(np.array([], np.int64))) == 0


def test_the_rows_of_a_group_are_added_up() -> None:
    values, group = RNG.normal(size=(50, 3)), RNG.integers(0, 4, 50)
    sums = np.array([values[group == each].sum(axis=0) for each in range(4)])
    np.testing.assert_allclose(group_sums(values, group), sums)
    np.testing.assert_allclose(group_means(values, group), (sums / np.bincount(group)[:, np.newaxis])[group])
