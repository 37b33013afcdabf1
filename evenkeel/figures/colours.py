"""Chooses how the lines of a figure look. The levels of a numeric factor have colours that show their order."""

from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.colors import to_hex

from evenkeel.analysis.summary import CellSummary
from evenkeel.factors.sensitivity import is_ordered
from evenkeel.figures.style import DASHES, MARKERS, Style, line_style
from evenkeel.figures.theme import LIGHT, SEQUENCE, Theme
from evenkeel.grids.levels import in_order
from evenkeel.plugins import Task


def sequential(place: int, of: int, theme: Theme = LIGHT) -> str:
    """The colour of a level of a numeric factor, from dark for the lowest to bright for the highest.

    Args:
        place: The level's place in the order of the levels, from 0.
        of: The number of levels.
    """
    darkest, brightest = theme.sequence
    return to_hex(matplotlib.colormaps[SEQUENCE](darkest + (brightest - darkest) * place / max(of - 1, 1)))


def colours_of(levels: Sequence[Any], theme: Theme) -> list[str]:
    """The colour of each level of a factor. Levels that are numbers show their order."""
    if is_ordered(levels):
        order = sorted(levels)
        return [sequential(order.index(level), len(order), theme) for level in levels]
    return [theme.series[place % len(theme.series)] for place in range(len(levels))]


def styles_of(task: Task, cells: Sequence[CellSummary], factors: Sequence[str]) -> list[Style]:
    """The style of each cell's line.

    Cells with the same levels of these factors look the same. If exactly one of the factors is numeric with three or
    more levels, colour shows its level, and dash and marker show the others.

    Args:
        factors: The factors that tell the lines apart. The first one decides the order of the lines.
    """
    levels = {factor: in_order(task, factor, (cell.levels[factor] for cell in cells)) for factor in factors}
    numeric = [factor for factor, found in levels.items() if is_ordered(found)]
    lines = sorted(cells, key=lambda cell: levels[factors[0]].index(cell.levels[factors[0]])) if factors else cells
    if len(numeric) != 1:
        places = _numbered(lines, factors)
        return [line_style(places[_key(cell, factors)]) for cell in cells]
    [shown] = numeric
    rest = [factor for factor in factors if factor != shown]
    places, order = _numbered(lines, rest), sorted(levels[shown])
    styles = []
    for cell in cells:
        place = order.index(cell.levels[shown])
        other = places[_key(cell, rest)] if len(places) > 1 else place
        look = {"linestyle": DASHES[other % len(DASHES)], "marker": MARKERS[other // len(DASHES) % len(MARKERS)]}
        styles.append({"color": sequential(place, len(order)), **look})
    return styles


def _numbered(cells: Sequence[CellSummary], factors: Sequence[str]) -> dict[str, int]:
    """The number of each combination of levels, in the order of the cells."""
    keys = dict.fromkeys(_key(cell, factors) for cell in cells)
    return {key: place for place, key in enumerate(keys)}


def _key(cell: CellSummary, factors: Sequence[str]) -> str:
    return repr([cell.levels[factor] for factor in factors])
