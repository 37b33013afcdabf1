"""The test of a sum of ranks. With up to 200 runs it is exact, also where values are tied."""

from dataclasses import dataclass
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from evenkeel.statistics.curves import Array
from evenkeel.statistics.keeping import keep

EXACT = 200  # runs; with more of them the exact distribution takes seconds
SMALL = 60  # runs; with more of them the normal approximation is good enough for a smallest effect
PERMUTATIONS = 9_999
DRAWS = 2_000_000  # the largest number of values that are shuffled at once

Method = Literal["exact", "permutation", "noise"]
Scores = NDArray[np.int64]


@dataclass(frozen=True)
class RankSumTest:
    """Attributes:
    p: Two-sided p.
    smallest_p: The smallest p that the same ranks can give if they are dealt out in another way.
    distance: |2 U - nm|, the distance of U from its middle, doubled.
    furthest: The largest distance that the same ranks can give.
    method: 'exact' if p counts all ways, 'permutation' if it counts `PERMUTATIONS` random ones.
    """

    p: float
    smallest_p: float
    distance: int
    furthest: int
    method: Method


def rank_sum_test(ranks: Array, n: int) -> RankSumTest:
    """Test whether the first n ranks are drawn at random from all ranks (Wilcoxon 1945; Mann and Whitney 1947).

    p is the share of all ways to choose n of the ranks whose sum lies at least as far from the middle, n (N + 1) / 2.
    It holds for the ties that the ranks have. A random choice of permutations gives (b + 1) / (m + 1) instead (Phipson
    and Smyth 2010). These are always the same permutations, so the same ranks give the same p.

    Args:
        ranks: (N,), midranks: tied values share the mean of their ranks. 0 < n < N.
    """
    doubled = np.rint(2 * ranks).astype(np.int64)
    # The ranks that are left over are as far from their middle on the other side, so the smaller group will do.
    group = min(doubled[:n], doubled[n:], key=len)
    size, ordered = len(group), np.sort(doubled)
    middle = size * (len(ranks) + 1)
    seen = abs(int(group.sum()) - middle)
    smallest, furthest = _smallest_p(ordered, size, middle)
    if len(ranks) <= EXACT:
        return RankSumTest(_exact_p(ordered, size, middle, seen), smallest, seen, furthest, "exact")
    p = _permutation_p(ordered, size, middle, seen)
    return RankSumTest(p, max(smallest, 1 / (PERMUTATIONS + 1)), seen, furthest, "permutation")


def exact_tail(n: int, m: int) -> Array:
    """(nm + 1,), p of |2 U - nm| >= 0, 1, 2 and so on, for n against m runs without ties.

    Above `SMALL` runs it is that of the normal approximation (Mann and Whitney 1947).
    """
    if n + m > SMALL:
        return np.asarray(erfc(np.arange(n * m + 1) / (n * m * (n + m + 1) * 2 / 3) ** 0.5))
    size = min(n, m)
    lowest = size * (size - 1) // 2
    ways = _ways(tuple(range(n + m)), size)[lowest:]
    counts = np.bincount(np.abs(2 * np.arange(n * m + 1) - n * m), ways[: n * m + 1], n * m + 1)
    return np.asarray(counts[::-1].cumsum()[::-1] / ways.sum())


def _exact_p(ordered: Scores, size: int, middle: int, seen: int) -> float:
    lowest = int(ordered[0])
    step = int(np.gcd.reduce(ordered - lowest)) or 1
    ways = _ways(tuple(((ordered - lowest) // step).tolist()), size)
    sums = np.arange(len(ways)) * step + size * lowest
    return min(1.0, float(ways[np.abs(sums - middle) >= seen].sum() / ways.sum()))


@keep
def _ways(scores: tuple[int, ...], size: int) -> Array:
    """In how many ways `size` of the scores add up to 0, 1, 2 and so on.

    One score after the other either stays out or joins a smaller group (Streitberg and Roehmel 1986, the shift
    algorithm). The numbers are exact up to 2^53 and keep 15 digits beyond.

    Args:
        scores: In ascending order, at least 0.
    """
    highest = sum(scores[-size:])
    ways = np.zeros((size + 1, highest + 1))
    ways[0, 0] = 1
    reached = 0
    for seen, score in enumerate(scores, 1):
        reached, largest = min(reached + score, highest), min(seen, size)
        ways[1 : largest + 1, score : reached + 1] += ways[:largest, : reached + 1 - score]
    return np.array(ways[size])  # a view would keep the ways of all smaller groups


def _smallest_p(ordered: Scores, size: int, middle: int) -> tuple[float, int]:
    """The share of the ways that lie furthest from the middle, those with the lowest or the highest ranks. How far."""
    ends = [(ordered[:size], ordered[size - 1]), (ordered[-size:], ordered[-size])]
    furthest = max(abs(int(end.sum()) - middle) for end, _ in ends)
    ways = sum(
        comb(int(np.sum(ordered == last)), int(np.sum(end == last)))
        for end, last in ends
        if abs(int(end.sum()) - middle) == furthest
    )
    return min(1.0, ways / comb(len(ordered), size)), furthest


def _permutation_p(ordered: Scores, size: int, middle: int, seen: int) -> float:
    rng, at_once = np.random.default_rng(0), max(1, DRAWS // len(ordered))
    further = 0
    for start in range(0, PERMUTATIONS, at_once):
        count = min(at_once, PERMUTATIONS - start)
        shuffled = rng.permuted(np.broadcast_to(ordered, (count, len(ordered))), axis=1)
        further += int(np.sum(np.abs(shuffled[:, :size].sum(axis=1) - middle) >= seen))
    return (further + 1) / (PERMUTATIONS + 1)
