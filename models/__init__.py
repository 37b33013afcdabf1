"""Networks, norms and weight initialisations, and `models.load(path)`, which reads a trained network.

This package uses torch and the contract in `evenkeel.plugins`, and nothing else of the library, but that `load` asks
`evenkeel.packages` for the package that a checkpoint names. `task`, `factors`, `layout`, `datasets`, `extra`, `labels`
and `paper` do not need torch. It is imported only when one of the names below is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.trained import Trained as Trained
    from models.trained import load as load
    from models.trained import read_checkpoint as read_checkpoint

__all__ = ["Trained", "load", "read_checkpoint"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("models.trained"), name)
    raise AttributeError(f"module 'models' has no attribute {name!r}")
