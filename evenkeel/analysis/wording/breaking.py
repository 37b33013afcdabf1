"""Says where training breaks: between which levels of a numeric factor, for which levels of the other factors."""

from collections.abc import Mapping, Sequence
from typing import Any

from evenkeel.analysis.wording.lists import listed
from evenkeel.grids.levels import Levels, show

Order = Mapping[str, Sequence[Any]]  # factor -> its levels in order
Group = tuple[Any, ...]  # a level of each factor that tells the groups apart
Breaks = dict[Group, dict[Any, bool]]  # group -> level of the numeric factor, in order -> whether training breaks there

MOST = 5  # groups; more are too long for a sentence
MEANS = "Where it breaks, half or more of the runs of a cell diverged or collapsed."


def where_it_breaks(cells: Sequence[Levels], unstable: Sequence[bool], order: Order) -> str:
    """Say where training breaks, as in 'resnet breaks between lr 0.2 and 0.5; plain at every lr tried.'

    Of several numeric factors, this is about the one along which the most groups pass from stable to unstable. Another
    factor is named only if it makes a difference.

    Args:
        cells: The cells of which it is known whether they are unstable.
        unstable: For each of these cells, whether half or more of its runs diverged or collapsed.
        order: The levels of every factor.

    Returns:
        The sentence, and one that says what breaking means. Empty if no cell is unstable.
    """
    if not any(unstable):
        return ""
    varying = [factor for factor in order if len({cell[factor] for cell in cells}) > 1]
    axis = _axis(varying, cells, unstable, order)
    factors = _that_matter([factor for factor in varying if factor != axis], axis, cells, unstable)
    groups = _by_group(factors, axis, cells, unstable, order)
    breaking = [group for group, broken in groups.items() if any(broken.values())]
    if len(breaking) > MOST:
        said = f"Training breaks in {sum(unstable)} of {len(cells)} cells."
    elif axis is None:
        said = _without_axis(factors, groups, breaking)
    else:
        said = _along(axis, factors, groups, breaking)
    return f"{said} {MEANS}"


def _axis(varying: Sequence[str], cells: Sequence[Levels], unstable: Sequence[bool], order: Order) -> str | None:
    """The numeric factor that the sentence is about. None if no numeric factor varies."""

    def passes(factor: str) -> tuple[int, int]:
        """How many groups pass from stable to unstable along the factor; how many levels it has."""
        groups = _by_group([other for other in varying if other != factor], factor, cells, unstable, order)
        return sum(len(set(broken.values())) > 1 for broken in groups.values()), len(order[factor])

    return max((factor for factor in varying if all(map(_is_number, order[factor]))), key=passes, default=None)


def _is_number(level: Any) -> bool:
    return isinstance(level, int | float) and not isinstance(level, bool)


def _that_matter(
    others: Sequence[str], axis: str | None, cells: Sequence[Levels], unstable: Sequence[bool]
) -> list[str]:
    """The factors without which cells that break and cells that do not would have the same name."""
    kept = list(others)
    for factor in reversed(others):
        fewer = [other for other in kept if other != factor]
        told = [*fewer, *filter(None, [axis])]
        names = [tuple(cell[name] for name in told) for cell in cells]
        if len(set(zip(names, unstable, strict=True))) == len(set(names)):
            kept = fewer
    return kept


def _by_group(
    factors: Sequence[str], axis: str | None, cells: Sequence[Levels], unstable: Sequence[bool], order: Order
) -> Breaks:
    """Where the groups break. The groups are told apart by the factors. Without an axis, its only level is None."""
    found: Breaks = {}
    told = [*factors, *filter(None, [axis])]
    pairs = zip(cells, unstable, strict=True)
    for cell, broken in sorted(pairs, key=lambda pair: [list(order[name]).index(pair[0][name]) for name in told]):
        own = found.setdefault(tuple(cell[factor] for factor in factors), {})
        level = None if axis is None else cell[axis]
        own[level] = own.get(level, False) or broken
    return found


def _without_axis(factors: Sequence[str], groups: Breaks, breaking: Sequence[Group]) -> str:
    if len(breaking) == len(groups):
        return "Training breaks in every cell."
    return f"{_subject(factors, breaking)}; the others do not."


def _along(axis: str, factors: Sequence[str], groups: Breaks, breaking: Sequence[Group]) -> str:
    """'resnet breaks between lr 0.2 and 0.5; plain at every lr tried.'"""
    alike: dict[str, list[Group]] = {}
    for group in breaking:
        alike.setdefault(_where(axis, groups[group]), []).append(group)
    (where, first), *rest = alike.items()
    parts = [f"{_subject(factors, first)} {where}"]
    parts += [f"{_names(factors, group)} {where}" for where, group in rest]
    never = [group for group in groups if group not in breaking]
    if never:
        parts.append(f"{_names(factors, never) if len(never) <= 2 else 'the others'} at no {axis} tried")
    return f"{'; '.join(parts)}."


def _where(axis: str, broken: Mapping[Any, bool]) -> str:
    bad = [level for level, breaks in broken.items() if breaks]
    fine = [level for level, breaks in broken.items() if not breaks]
    if not fine:
        return f"at every {axis} tried" if len(bad) > 1 else f"at {axis} {show(bad[0])}"
    if max(fine) < min(bad):
        return f"between {axis} {show(max(fine))} and {show(min(bad))}"
    if max(bad) < min(fine) and len(bad) > 1:
        return f"at {axis} {show(max(bad))} and below"
    return f"at {axis} {listed([show(level) for level in bad], 'and')}"


def _subject(factors: Sequence[str], groups: Sequence[Group]) -> str:
    return f"{_names(factors, groups)} {'breaks' if len(groups) == 1 else 'break'}"


def _names(factors: Sequence[str], groups: Sequence[Group]) -> str:
    return listed([_name(factors, group) for group in groups], "and")


def _name(factors: Sequence[str], group: Group) -> str:
    """The group in words, as in 'resnet with width 0.5'. It is 'Training' if no factor makes a difference."""
    if not factors:
        return "Training"
    is_word = isinstance(group[0], str) and group[0] != "none"
    first = group[0] if is_word else f"{factors[0]} {show(group[0])}"
    rest = [f"{factor} {show(level)}" for factor, level in zip(factors[1:], group[1:], strict=True)]
    return f"{first} with {listed(rest, 'and')}" if rest else first
