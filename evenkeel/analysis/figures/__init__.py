"""Figures fit for a paper: pure functions from the cells of a summary, or from the effects, to matplotlib Figures.

The API sends them and the worker logs them. What is drawn is called as its task calls it. Each figure reads in grey,
under colour blindness and at the width of one column; the same data gives the same bytes.
"""

from evenkeel.analysis.figures.bands import draw_bands
from evenkeel.analysis.figures.effects import draw_effects
from evenkeel.analysis.figures.reaching import draw_reaching
from evenkeel.analysis.figures.region import draw_region
from evenkeel.analysis.figures.style import render

__all__ = ["draw_bands", "draw_effects", "draw_reaching", "draw_region", "render"]
