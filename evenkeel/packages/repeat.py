"""Trains a few epochs, and looks whether that can be repeated bit for bit, as the lab must be able to.

Needs torch: a checkpoint is a file of torch's.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenkeel.plugins import EpochEnd, Finished, Outcome, Training

EPOCHS = 2

# Starts the training of a run. Its argument is the seed.
Start = Callable[[int], Training]
Values = list[dict[str, float | None]]


@dataclass(frozen=True)
class Checked:
    """One thing that was checked.

    Attributes:
        what: What should be so.
        problem: Why it is not so; '' if it is.
        says: What is good to know beside it.
    """

    what: str
    problem: str = ""
    says: str = ""


@dataclass(frozen=True)
class Trained:
    """What is known of a run after a few epochs.

    Attributes:
        values: What each epoch measured.
        state: Its checkpoint, as it is read back.
        generators: The states of the global random generators then.
        finished: How it ended; None if it did not.
    """

    values: Values
    state: dict[str, Any]
    generators: tuple[Any, ...]
    finished: Finished | None


def check_training(start: Start) -> Iterator[Checked]:
    """Check that a training runs, resumes exactly, and depends on its seed alone.

    Yields:
        What was checked. The first fault ends it.
    """
    try:
        whole = train(start, 0, EPOCHS)
    except Exception as error:
        yield Checked(f"trains {EPOCHS} epochs", in_words(error))
        return
    problem = ""
    if whole.finished is not None and whole.finished.outcome is Outcome.DIVERGED:
        problem = f"it diverged in epoch {whole.finished.diverged_epoch} with its defaults"
    yield Checked(f"trains {EPOCHS} epochs", problem, _says(whole.values))
    if problem:
        return
    again: tuple[tuple[str, Callable[[Start, int, int], Trained]], ...] = (
        ("trains to the same bits again", train),
        ("goes on from a checkpoint to the same bits", resumed),
    )
    for what, other in again:
        try:
            found = difference(other(start, 0, EPOCHS), whole)
        except Exception as error:
            found = in_words(error)
        yield Checked(what, found)
        if found:
            return
    alike = not difference(train(start, 1, EPOCHS), whole)
    yield Checked("another seed gives other numbers", "seeds 0 and 1 give the same bits" if alike else "")


def train(start: Start, seed: int, epochs: int, after: Trained | None = None) -> Trained:
    """Train as the lab does, until so many epochs have ended.

    Args:
        after: The run goes on from here.
    """
    training = start(seed)
    _seed(seed)
    if after is not None:
        training.resume(len(after.values), after.state)
        _restore(after.generators)
    values = [] if after is None else list(after.values)
    finished = None
    for result in training:
        if isinstance(result, Finished):
            finished = result
            break
        if isinstance(result, EpochEnd):
            values.append(dict(result.values))
            if len(values) == epochs:
                break
    return Trained(values, _read_back(training.state_dict()), _generators(), finished)


def resumed(start: Start, seed: int, epochs: int) -> Trained:
    """The same run, which is stopped after its first epoch and goes on in a fresh object."""
    return train(start, seed, epochs, train(start, seed, 1))


def difference(one: Trained, other: Trained) -> str:
    """What differs between two runs that should be the same; '' if nothing does."""
    for epoch, (mine, theirs) in enumerate(zip(one.values, other.values, strict=False), 1):
        for name in theirs:
            if not _same(mine.get(name), theirs[name]):
                return f"{name} of epoch {epoch} is {mine.get(name)}, and was {theirs[name]}"
    if where := where_differs(one.state, other.state, "state_dict()"):
        return f"{where} differs after epoch {len(other.values)}"
    return "" if len(one.values) == len(other.values) else f"{len(one.values)} epochs instead of {len(other.values)}"


def where_differs(mine: Any, theirs: Any, path: str) -> str:
    """The path to the first value that differs between two states; '' if none does. `path` is that of the state."""
    if isinstance(theirs, Mapping) and isinstance(mine, Mapping):
        if mine.keys() != theirs.keys():
            return path
        return next(filter(None, (where_differs(mine[key], theirs[key], f"{path}[{key!r}]") for key in theirs)), "")
    if isinstance(theirs, list | tuple) and isinstance(mine, list | tuple) and len(mine) == len(theirs):
        pairs = enumerate(zip(mine, theirs, strict=True))
        return next(filter(None, (where_differs(a, b, f"{path}[{number}]") for number, (a, b) in pairs)), "")
    return "" if _same(mine, theirs) else path


def in_words(error: BaseException) -> str:
    """The kind of an error, and its message."""
    return f"{type(error).__name__}: {error}"


def _says(values: Values) -> str:
    known = [name for name in values[0] if values[0][name] is not None] if values else []
    return "; ".join(f"{name} {', '.join(f'{epoch[name]:.4g}' for epoch in values)}" for name in known)


def _same(mine: Any, theirs: Any) -> bool:
    import torch

    if isinstance(mine, torch.Tensor) and isinstance(theirs, torch.Tensor):
        return mine.dtype == theirs.dtype and torch.equal(mine.nan_to_num(7.25), theirs.nan_to_num(7.25))
    if isinstance(mine, float) and isinstance(theirs, float) and math.isnan(mine):
        return math.isnan(theirs)
    return type(mine) is type(theirs) and bool(mine == theirs)


def _read_back(state: dict[str, Any]) -> dict[str, Any]:
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    try:
        read: dict[str, Any] = torch.load(buffer, map_location="cpu", weights_only=True)
    except Exception as error:
        allowed = "tensors, numbers, texts, None, and lists and dicts of them"
        raise TypeError(f"state_dict() may hold {allowed}: {str(error).splitlines()[0]}") from error
    return read


def _seed(seed: int) -> None:
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _generators() -> tuple[Any, ...]:
    import torch

    return random.getstate(), np.random.get_state(), torch.get_rng_state()


def _restore(states: tuple[Any, ...]) -> None:
    import torch

    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])
