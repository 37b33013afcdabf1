"""Contrasts of a factor's levels, each with its own p, and the effects of one factor at each level of another."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from evenkeel.stability import factorial
from evenkeel.stability.curves import Array
from evenkeel.stability.multiple import LEVEL, holm
from evenkeel.stability.permutation import p_of_interaction, with_enough_arrangements
from evenkeel.stability.seeds import Index, Places
from evenkeel.stability.studentised import interval
from evenkeel.stability.study import Study
from evenkeel.stability.terms import SimpleEffect, Term
from evenkeel.stability.values import number


def with_p(term: Term, places: Places, test: Callable[[Index, Places], float | None]) -> Term:
    """The factor with a p for each of its contrasts, and with Holm's correction over them.

    Only the runs of the two levels change places: a third level that differs would make the others look noisy.

    Args:
        term: The factor, with its own p_permutation.
        places: Where all runs stand in the test of the factor.
        test: Takes the indices of some runs and their places, and returns p.
    """
    if not term.contrasts:
        return term
    ps = [term.p_permutation]
    if len(term.contrasts) > 1:
        ps = []
        for level in range(1, len(term.contrasts) + 1):
            runs = np.flatnonzero(np.isin(places.level, (0, level)))
            own = with_enough_arrangements(places.rows(runs), LEVEL / len(term.contrasts))
            ps.append(test(runs, own) if len(runs) else None)
    judged = zip(term.contrasts, ps, holm(ps), strict=True)
    return replace(term, contrasts=[replace(each, p=p, p_adjusted=adjusted) for each, p, adjusted in judged])


def with_interaction(
    study: Study, term: Term, factors: factorial.Term, runs: Index, values: Array, together: Sequence[int]
) -> Term:
    """The pair of factors with its p and, if that is at most 0.05, with the simple effects.

    Args:
        runs: (num_values,), the indices of the runs that have a value.
        values: (num_values,).
        together: see `evenkeel.stability.seeds.together`.
    """
    places = study.places(factors, runs, together)
    levels = study.grid.index[study.cell_of[runs]][:, factors]
    p = p_of_interaction(values, places, levels, study.rng, study.permutations)
    if p is None or p > LEVEL:
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
