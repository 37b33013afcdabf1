"""Which metrics to import, and which way each is better."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from evenkeel.importing.problems import ImportProblem

Better = Literal["higher", "lower"]
BETTER: tuple[Better, ...] = ("higher", "lower")

MOST = 20  # metrics of an import
MOST_NAMED = 20

# Words of a metric's name that say which way it is better.
HIGHER = {"acc", "accuracy", "f1", "auc", "auroc", "map", "precision", "recall", "r2", "reward", "return", "score"}
HIGHER |= {"bleu", "rouge", "iou", "miou", "dice", "psnr", "ssim", "top1", "top5"}
LOWER = {"loss", "error", "err", "mse", "rmse", "mae", "nll", "perplexity", "ppl", "cer", "wer", "fid", "cost", "bpb"}
HELD_OUT = {"val", "valid", "validation", "eval", "dev", "test"}
OF_THE_MACHINE = "system/"  # MLflow's own measurements of CPU and GPU

WORDS = re.compile(r"[A-Z]?[a-z]+[0-9]*|[A-Z]+(?![a-z])[0-9]*|[a-z]*[0-9]+")


def words_of(name: str) -> set[str]:
    """'val/topKAcc' -> {'val', 'top', 'k', 'acc'}."""
    return {word.lower() for word in WORDS.findall(name)}


def parse_metric(said: str) -> tuple[str, Better]:
    """'val/acc:higher' -> ('val/acc', 'higher'). Raises ImportProblem."""
    name, _, better = said.rpartition(":")
    for known in BETTER:
        if name and better == known:
            return name, known
    raise ImportProblem("metric", f"{said!r}: write it as NAME:higher or NAME:lower, for example val_acc:higher")


def guess_better(name: str) -> Better | None:
    """Which way a metric of this name is better. None if its name does not tell."""
    words = words_of(name)
    higher, lower = bool(words & HIGHER), bool(words & LOWER)
    if higher == lower:
        return None
    return "higher" if higher else "lower"


def choose_metrics(measured: Iterable[frozenset[str]]) -> list[tuple[str, Better]]:
    """The metrics of an import for which nobody named any: those whose names tell which way is better.

    The first one is the metric by which epochs are counted. It is one that most runs have, of held-out data if there is
    one, and then one of which more is better, since such a metric has a worst value more often.

    Args:
        measured: The names of what each run measured.

    Raises:
        ImportProblem: No name tells.
    """
    counted = Counter(name for names in measured for name in names if not name.startswith(OF_THE_MACHINE))
    known = [(name, better) for name in counted if (better := guess_better(name)) is not None]
    if not known:
        raise ImportProblem("metrics", f"name at least one, as NAME:higher or NAME:lower; {_which(sorted(counted))}")
    known.sort(key=lambda one: (-counted[one[0]], not words_of(one[0]) & HELD_OUT, one[1] != "higher", one[0]))
    return known[:MOST]


def check_metrics(wanted: Sequence[tuple[str, Better]], measured: Iterable[frozenset[str]]) -> None:
    """Check that at least one run measured each metric. Raises ImportProblem."""
    known = frozenset[str]().union(*measured)
    for name, _ in wanted:
        if name not in known:
            raise ImportProblem("metrics", f"no run has measured {name!r}; {_which(sorted(known))}")


def loss_among(names: Sequence[str]) -> str | None:
    """The metric whose sudden rises count as spikes: the loss in training, or else any loss."""
    losses = [name for name in names if "loss" in words_of(name)]
    return min(losses, key=lambda name: bool(words_of(name) & HELD_OUT), default=None)


def _which(names: Sequence[str]) -> str:
    if not names:
        return "the runs have measured nothing"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"the runs have measured: {', '.join(names[:MOST_NAMED])}{more}"
