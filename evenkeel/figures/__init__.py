"""Draws figures for a paper: pure functions turn the cells of a summary, or the effects, into matplotlib Figures.

The API sends the figures, and the worker logs them. They use the names that the task gives to its factors and metrics.
Each figure can be read in grey, with a colour blindness, and at the width of one column. The same data gives the same
bytes.
"""

from evenkeel.figures.bands import draw_bands
from evenkeel.figures.effects import draw_effects
from evenkeel.figures.reaching import draw_reaching
from evenkeel.figures.region import draw_region
from evenkeel.figures.sensitivity import draw_sensitivity
from evenkeel.figures.style import render

__all__ = ["draw_bands", "draw_effects", "draw_reaching", "draw_region", "draw_sensitivity", "render"]
