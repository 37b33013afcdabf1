"""What the models of the three responses share: the grid, the largest model for it, and the permutations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np

from evenkeel.factors import factorial
from evenkeel.factors.factorial import Grid, Model, widest_model
from evenkeel.factors.numbering import Index, numbered
from evenkeel.factors.seeds import Places
from evenkeel.factors.shuffling import with_enough_arrangements
from evenkeel.factors.terms import Contrast, Note, Term
from evenkeel.statistics.values import number

FEW_PERMUTATIONS = 1999
MOST_WORK = 6_000_000  # largest number of runs x permutations that a late look may take


@dataclass(frozen=True)
class Study:
    """One analysis of a set of cells and their finished runs.

    Attributes:
        levels: factor -> its levels, for the factors that have two or more levels.
        cell_of: (num_runs,), for each finished run, the index of its cell.
        seed_of: (num_runs,), the seed of each finished run.
        rng: The source of the permutations.
        permutations: How many permutations the test of a factor makes.
        level: What a p after Holm's correction is compared with.
        notes: What was left out. The models add to this list.
        models, stand: What `model_of` and `places` have found, since several responses ask for it.
    """

    grid: Grid
    levels: dict[str, list[Any]]
    cell_of: Index
    seed_of: Index
    rng: np.random.Generator
    permutations: int
    level: float
    notes: list[Note] = field(default_factory=list)
    models: dict[bytes, Model | None] = field(default_factory=dict)
    stand: dict[tuple[int, bytes, tuple[int, ...]], Places] = field(default_factory=dict)

    @property
    def few_permutations(self) -> int:
        """How many permutations the test of a contrast or of a pair of factors makes. There may be many of them."""
        return min(self.permutations, max(FEW_PERMUTATIONS, self.fewest_permutations))

    @property
    def fewest_permutations(self) -> int:
        """How many permutations it takes for a p that Holm's correction lets pass, even if one is as extreme as the
        observed order. The smallest p of m permutations is 1 / (m + 1). There is a limit to it, so that nobody can make
        the lab run out of memory by looking again and again: beyond, no effect can be shown any more."""
        sizes = self.grid.sizes
        tests = max([len(sizes) * max(1, len(sizes) - 1) / 2, len(sizes), *(size - 1 for size in sizes)], default=1)
        most = max(FEW_PERMUTATIONS, MOST_WORK // max(1, len(self.cell_of)))
        return min(ceil(2 * tests / self.level), most)

    def level_names(self, factor: int) -> list[str]:
        return [str(level) for level in self.levels[self.grid.names[factor]]]

    def model_of(self, cells: Index) -> Model | None:
        """The largest model that these cells can estimate; None if they cannot tell the factors apart."""
        if not self.grid.names or not len(cells):
            return None
        key = cells.tobytes()
        if key not in self.models:
            self.models[key] = widest_model(self.grid.rows(cells))
        return self.models[key]

    def places(self, factors: factorial.Term, runs: Index, together: Sequence[int] = ()) -> Places:
        """Where the runs stand in the test of a factor or of several factors.

        Args:
            together: Factors whose levels resemble each other beyond the seed: see `evenkeel.factors.seeds.together`.
                The blocks that differ in these factors only are one cluster.
        """
        if len(factors) > 1:  # A pair of factors is looked at once.
            return self._places(factors, runs, together)
        key = factors[0], runs.tobytes(), tuple(together)
        if key not in self.stand:
            self.stand[key] = self._places(factors, runs, together)
        return self.stand[key]

    def _places(self, factors: factorial.Term, runs: Index, together: Sequence[int]) -> Places:
        cell, names = self.cell_of[runs], range(len(self.grid.names))
        # There are far fewer cells than runs, so the cells are numbered.
        there, row = np.flatnonzero(np.bincount(cell)), numbered(cell)

        def number(chosen: Iterable[int]) -> Index:
            keys = (self.grid.index[there, factor] for factor in chosen)
            return numbered(np.zeros(len(there), np.int64), *keys)[row]

        level = self.grid.index[cell, factors[0]] if len(factors) == 1 else number(factors)
        block = number(factor for factor in names if factor not in factors)
        cluster = number(factor for factor in names if factor not in (*factors, *together))
        return Places(level, block, self.seed_of[runs], cluster)

    def places_for_test(self, factor: int, runs: Index, together: Sequence[int] = ()) -> Places:
        """`places`, paired by seed if that leaves enough arrangements for a p that Holm's correction lets pass."""
        return with_enough_arrangements(self.places((factor,), runs, together), self.level / len(self.grid.names))

    def blank_terms(self, model: Model | None) -> list[Term]:
        """The terms of the model, factors first, with all results still unknown. Without a model, only the factors."""
        mains: list[factorial.Term] = [(factor,) for factor in range(len(self.grid.names))]
        return [self._blank(term) for term in (model.terms if model else mains)]

    def _blank(self, term: factorial.Term) -> Term:
        return Term(
            term=self.grid.label(term),
            order=len(term),
            df=int(np.prod([self.grid.sizes[factor] - 1 for factor in term])),
            f=None,
            p=None,
            p_permutation=None,
            p_holm=None,
            partial_omega_squared=None,
            matters=None,
            contrasts=[],
        )

    def contrasts_of(self, factor: int, found: Sequence[tuple[float, float, float]]) -> list[Contrast]:
        """The contrasts of a factor. found: for each level but the first, (estimate, low, high) against the first."""
        first, *others = self.level_names(factor)
        return [
            Contrast(level, first, number(estimate), number(low), number(high))
            for level, (estimate, low, high) in zip(others, found, strict=True)
        ]


def study_of(
    cells: Sequence[Mapping[str, Any]],
    cell_of: Index,
    seed_of: Index,
    seed: int,
    permutations: int,
    level: float,
    order: Mapping[str, Sequence[Any]] | None = None,
) -> Study:
    """The study of these cells: see `evenkeel.factors.effects.effects` for the arguments."""
    if order is None:
        order = {name: _in_order([cell[name] for cell in cells]) for name in (cells[0] if cells else ())}
    levels = {name: list(found) for name, found in order.items() if len(found) >= 2}
    index = [[found.index(cell[name]) for name, found in levels.items()] for cell in cells]
    sizes = [len(found) for found in levels.values()]
    grid = Grid(list(levels), sizes, np.array(index, np.int64).reshape(len(cells), len(sizes)))
    return Study(grid, levels, cell_of, seed_of, np.random.default_rng(seed), permutations, level)


def _in_order(levels: Sequence[Any]) -> list[Any]:
    """Each level once. Numbers are sorted, so that the others are compared with the lowest. Words keep their order."""
    once = list(dict.fromkeys(levels))
    return sorted(once) if all(isinstance(level, int | float) for level in once) else once
