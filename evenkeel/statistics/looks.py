"""Levels of tests that are made again after seeds were added.

Somebody who tests three factors after 3, 5, 7, 10, 15 and 20 seeds, each time at 0.05, claims an effect that does not
exist in 17 % of studies. So the level of 0.05 is spent over the looks (alpha spending; Lan and DeMets 1983): the levels
of all looks add up to at most 0.05. By Bonferroni's inequality this holds for any test, and however many looks follow.
"""

FIRST_LOOK, LATER_LOOKS = 0.04, 0.01  # together LEVEL


def level_at(look: int, shares: int = 1) -> float:
    """The level of a look: 0.04, 0.005, 0.0025, 0.00125, ...

    Most studies have a single look, so it keeps nearly the whole level. Each later look has half of what is left.

    Args:
        look: From 1.
        shares: Into how many equal shares the level is divided, because a rule for seeds looks at the results too.
    """
    whole = FIRST_LOOK if look == 1 else LATER_LOOKS / 2 ** (look - 1)
    return whole / shares
