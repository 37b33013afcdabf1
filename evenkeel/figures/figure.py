"""The type of every figure, for those who may not import matplotlib."""

from matplotlib.figure import Figure

__all__ = ["Figure"]
