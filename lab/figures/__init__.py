"""Figures fit for a paper: pure functions from the JSON of a summary, or of the effects, to matplotlib Figures.

They live in `lab` because the API sends them and the worker logs them. Each reads in grey, under colour blindness and
at the width of one column; the same data gives the same bytes.
"""

from lab.figures.bands import draw_bands
from lab.figures.effects import draw_effects
from lab.figures.reaching import draw_reaching
from lab.figures.region import draw_region
from lab.figures.style import render

__all__ = ["draw_bands", "draw_effects", "draw_reaching", "draw_region", "render"]
