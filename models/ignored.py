"""Which parameters of a cell change nothing, because its other parameters leave no use for them.

Only what the code that trains shows for every seed, dataset and device is declared. Much more may happen to change
nothing, such as label noise that is too small to change one label.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.datasets import Dataset
from models.extra import is_built_in
from models.factors import STEMMED, Arch, Norm, Optimizer
from models.layout import stem_of

if TYPE_CHECKING:
    from models.task import Classification

ADAMS = (Optimizer.ADAM, Optimizer.ADAMW)


def ignores(cell: Classification) -> Iterator[str]:
    """The parameters that change no bit of what the cell's runs measure.

    The optimizer of a plug-in gets all levels of the cell, so nothing is known to be without use for it.
    """
    if not is_built_in("optimizer", cell.optimizer):
        return
    if cell.optimizer in ADAMS:
        yield "momentum"
        if cell.beta2 == 0:
            yield "adam_epsilon"  # Keras divides by sqrt(1 - 0^t), which is 1.
    else:
        yield from ("beta1", "beta2", "adam_eps", "adam_epsilon")
    norms = norms_of(cell)
    # The norm of a plug-in gets the number of channels alone.
    if all(norm == Norm.NONE or not is_built_in("norm", norm) for norm in norms):
        yield "batch_eps"
    if Norm.BATCH not in norms:
        yield "batch_momentum"  # Only batch norm has running statistics.
    if cell.arch is not Arch.YOLO:
        yield "leaky_slope"
    if cell.warmup_epochs >= cell.epochs:
        yield "schedule"  # It begins after the warmup.
    if cell.epochs == 1:
        yield "stop"  # It ends a run after an epoch, and the first is the last.
    if cell.dataset != Dataset.SYNTHETIC:
        yield from ("synthetic_classes", "synthetic_examples")


def norms_of(cell: Classification) -> set[str]:
    """The norms in the cell's network. Without any other norm, a stem may still have one."""
    return {cell.norm, stem_of(cell.norm, cell.stem_norm)} if cell.arch in STEMMED else {cell.norm}
