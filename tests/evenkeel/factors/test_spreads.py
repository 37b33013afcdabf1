import numpy as np
import pytest

from evenkeel.factors import spreads
from evenkeel.factors.seeds import Places
from evenkeel.factors.spreads import Spreads, comparable


def ragged(rng: np.random.Generator) -> Places:
    """12 blocks x 3 levels x 6 seeds, of which some runs are missing, in no order."""
    block, level, seed = (each.ravel() for each in np.meshgrid(*map(np.arange, (12, 3, 6)), indexing="ij"))
    kept = rng.permutation(np.flatnonzero(rng.random(len(block)) < 0.6))
    return Places(level[kept], block[kept], seed[kept], block[kept])


def by_hand(places: Places, curves: np.ndarray) -> float:
    """The statistic as its docstring says it, cell by cell."""
    logs = {
        (block, level): np.log(np.mean(np.var(curves[(places.block == block) & (places.level == level)], 0, ddof=1)))
        / 2
        for block, level in set(zip(places.block, places.level, strict=True))
    }
    means = {block: np.mean([log for (of, _), log in logs.items() if of == block]) for block, _ in logs}
    centred = [(level, log - means[block]) for (block, level), log in logs.items()]
    return sum(np.mean([log for of, log in centred if of == level]) ** 2 for level in range(3))


@pytest.mark.parametrize("few_levels", [2, 8])
def test_the_statistic_of_spreads_is_what_it_says_in_every_order(
    few_levels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreads, "FEW_LEVELS", few_levels)
    monkeypatch.setattr(spreads, "AT_ONCE", 1500)
    rng = np.random.default_rng(3)
    places = ragged(rng)
    places = places.rows(comparable(places))
    curves = rng.normal(size=(len(places.block), 4)) * (1 + places.level[:, np.newaxis])
    orders = np.array([np.arange(len(curves)), *(_within(places.block, rng) for _ in range(5))])
    found = Spreads.of(places).statistic(curves / 2, orders)  # 2: the root of the number of epochs
    np.testing.assert_allclose(found, [by_hand(places, curves[order]) for order in orders], rtol=1e-9)


def _within(block: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An order in which the runs change places only within their block."""
    order = np.arange(len(block))
    for one in np.unique(block):
        order[block == one] = rng.permutation(order[block == one])
    return order
