"""Contrasts of a factor's levels, each with its own p, and the effects of one factor at each level of another."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from evenkeel.factors import factorial
from evenkeel.factors.numbering import Index
from evenkeel.factors.permutation import p_of_interaction
from evenkeel.factors.seeds import Places
from evenkeel.factors.shuffling import with_enough_arrangements
from evenkeel.factors.studentised import interval
from evenkeel.factors.study import Study
from evenkeel.factors.terms import SimpleEffect, Term
from evenkeel.statistics.curves import Array
from evenkeel.statistics.multiple import holm
from evenkeel.statistics.values import number

Test = Callable[[Index, Places, int], float | None]


def tested(study: Study, term: Term, factor: int, runs: Index, together: Sequence[int], test: Test) -> Term:
    """The factor with its p, and with a p for each of its contrasts.

    In the test of a contrast, only the runs of its two levels change places: a third level that differs would make the
    others look noisy. Holm's correction is over the contrasts.

    Args:
        runs: (num_values,), the indices of the runs that have a value.
        together: The factors in which dependent blocks may differ: see `evenkeel.factors.seeds.together`.
        test: Takes the places of some runs among `runs`, where they stand, and a number of permutations. Returns p.
    """
    everything = np.arange(len(runs))
    p = test(everything, study.places_for_test(factor, runs, together), study.permutations)
    term = replace(term, p_permutation=p)
    if not term.contrasts:
        return term
    ps = [p]
    if len(term.contrasts) > 1:
        places, most, ps = study.places((factor,), runs, together), study.few_permutations, []
        for level in range(1, len(term.contrasts) + 1):
            two = np.flatnonzero(np.isin(places.level, (0, level)))
            own = with_enough_arrangements(places.rows(two), study.level / len(term.contrasts))
            ps.append(test(two, own, most) if len(two) else None)
    judged = zip(term.contrasts, ps, holm(ps), strict=True)
    return replace(term, contrasts=[replace(each, p=p, p_adjusted=adjusted) for each, p, adjusted in judged])


def with_interaction(
    study: Study,
    term: Term,
    factors: factorial.Term,
    runs: Index,
    values: Array,
    together: Sequence[Sequence[int]],
) -> Term:
    """The pair of factors with its p and, if that is at most the level, with the simple effects.

    Args:
        runs: (num_values,), the indices of the runs that have a value.
        values: (num_values,).
        together: For each factor: see `evenkeel.factors.seeds.together`.
    """
    both = sorted(set(together[factors[0]]) & set(together[factors[1]]))
    places = study.places(factors, runs, both)
    levels = study.grid.index[study.cell_of[runs]][:, factors]
    p = p_of_interaction(values, places, levels, study.rng, study.few_permutations)
    if p is None or p > study.level:
        return replace(term, p_permutation=p)
    simple = [
        effect
        for own in (0, 1)
        for at in range(study.grid.sizes[factors[1 - own]])
        for effect in _simple_effects(study, factors, own, at, values, places, levels)
    ]
    return replace(term, p_permutation=p, simple_effects=simple)


def _simple_effects(
    study: Study, factors: factorial.Term, own: int, at: int, values: Array, places: Places, levels: Index
) -> list[SimpleEffect]:
    """The effects of one of two factors at one level of the other, over the blocks in which both cells are."""
    factor, other = factors[own], factors[1 - own]
    first, *others = study.level_names(factor)
    there = levels[:, 1 - own] == at
    found = []
    for level, name in enumerate(others, 1):
        sides = [there & (levels[:, own] == side) for side in (level, 0)]
        blocks = np.intersect1d(*(places.block[side] for side in sides))
        if not len(blocks):
            continue
        kept = np.flatnonzero((sides[0] | sides[1]) & np.isin(places.block, blocks))
        some = places.rows(kept)
        signs = np.zeros(some.cell.max() + 1)
        signs[some.cell] = np.where(levels[kept, own] == level, 1.0, -1.0) / len(blocks)
        estimate, low, high = interval(values[kept], some.cell, some.cluster, some.seed, signs)
        found.append(
            SimpleEffect(
                factor=study.grid.names[factor],
                level=name,
                against=first,
                other=study.grid.names[other],
                at=study.level_names(other)[at],
                estimate=number(estimate),
                low=number(low),
                high=number(high),
            )
        )
    return found
