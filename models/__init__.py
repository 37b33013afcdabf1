"""Networks, norms and weight initialisations, and `models.load(path)`, which gives a trained network back.

It knows torch and the contract of the library. `task`, `factors`, `layout`, `datasets`, `labels` and `paper` do without
torch, so it is imported here when it is asked for.
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
