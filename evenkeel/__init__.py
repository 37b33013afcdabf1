"""A lab for training stability: its client, its statistics, and the classes from which you make your own tasks.

    from evenkeel import Client

    with Client("http://127.0.0.1:8000") as lab:
        lab.submit(grid).wait()
        lab.effects(experiment="demo")
        lab.summary(experiment="demo", lr=[0.001, 0.003]).to_frame()

The same answers for runs that were trained elsewhere:

    >>> from evenkeel import stability
    >>> frame = {"lr": [0.1] * 3 + [0.9] * 3, "seed": [0, 1, 2] * 2, "accuracy": [0.81, 0.82, 0.83, 0.1, 0.6, 0.9]}
    >>> runs = stability.runs(frame, metric="accuracy", better="higher", seed="seed")
    >>> [round(cell.final.mean, 2) for cell in stability.summary(runs).cells]
    [0.82, 0.53]

Each part is loaded when it is first used, so `import evenkeel` is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenkeel import plugins, stability, statistics
    from evenkeel.client import ApiError, AsyncClient, Client, EvenkeelError, StillGoing, Unreachable

__version__ = "0.1.0"
__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "EvenkeelError",
    "StillGoing",
    "Unreachable",
    "plugins",
    "stability",
    "statistics",
]


def __getattr__(name: str) -> Any:
    if name in ("plugins", "stability", "statistics"):
        return import_module(f"evenkeel.{name}")
    if name in __all__:
        return getattr(import_module("evenkeel.client"), name)
    raise AttributeError(f"module 'evenkeel' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
