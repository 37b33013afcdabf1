"""Which levels do not go together, and what a reader should know about levels that do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.datasets import Dataset
from models.extra import is_built_in
from models.factors import RESIDUAL, STEMMED, AdamEpsilon, Init, Norm, Optimizer, StemNorm, Stop
from models.layout import MIN_IMAGE_SIZE

if TYPE_CHECKING:
    from models.task import Classification


def problem(cell: Classification) -> tuple[str, str] | None:
    """The first combination of levels that is not allowed: (field, what is allowed). None if all are allowed.

    What only the code of a plug-in's arch could tell is not checked here: its smallest image, and whether it has
    residual branches. Its run says so when it starts.
    """
    smallest = MIN_IMAGE_SIZE.get(cell.arch, 1)
    if cell.image_size < smallest:
        return "image_size", f"{cell.arch} takes images of {smallest} to 512 pixels, not {cell.image_size}"
    if cell.norm is Norm.BATCH and cell.batch_size < 2:
        return "batch_size", "batch norm needs the variance of two or more examples: at least 2, or another norm"
    if cell.init is Init.ZERO_RESIDUAL and cell.arch not in RESIDUAL and is_built_in("arch", cell.arch):
        with_branches = ", ".join(repr(str(arch)) for arch in sorted(RESIDUAL))
        needs = f"'zero_residual' needs residual branches, which {str(cell.arch)!r} does not have"
        return "init", f"{needs}; arch {with_branches} has them"
    if cell.stem_norm is StemNorm.NONE and cell.arch not in STEMMED:
        with_stem = ", ".join(repr(str(arch)) for arch in sorted(STEMMED))
        return "stem_norm", f"'none' needs a stem, which {str(cell.arch)!r} does not have; arch {with_stem} have one"
    if cell.dataset == Dataset.SYNTHETIC and cell.synthetic_examples < cell.synthetic_classes:
        return "synthetic_examples", f"at least one for each of the {cell.synthetic_classes} classes"
    if cell.warmup_epochs > cell.epochs:
        return "warmup_epochs", f"at most the {cell.epochs} epochs that are trained, not {cell.warmup_epochs}"
    return None


def notes(cell: Classification) -> Iterator[str]:
    """Sentences that a reader of the cell's results should know."""
    if cell.norm is Norm.NONE and cell.arch in STEMMED and cell.stem_norm is StemNorm.PAPER:
        kept = f"norm none keeps batch norm in the stem of {cell.arch}"
        yield f"{kept}, as in the ResNet26 of McInroe 2020 (stem_norm none removes it)."
    if cell.adam_epsilon is AdamEpsilon.KERAS and cell.optimizer is Optimizer.SGD:
        yield "adam_epsilon changes nothing for sgd, which has no epsilon."
    if cell.stop is Stop.LOST:
        yield "stop lost ends a run at chance early. In later epochs it counts with its last values."
    if cell.optimizer is Optimizer.ADAMW and cell.weight_decay == 0:
        yield "adamw without weight_decay trains as adam does."
