"""The training of one run: what a task of your own extends."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from evenkeel.plugins.diagnostics import DIAGNOSTICS, Diagnostics, all_finite
from evenkeel.plugins.task import Metric
from evenkeel.plugins.yields import EpochEnd, Finished, Outcome, StepEnd

if TYPE_CHECKING:
    import torch
    from pydantic import BaseModel

    # Makes the norm layer of a cell for so many channels.
    NormFactory = Callable[[int], torch.nn.Module]
else:
    NormFactory = Callable[[int], Any]


class Training:
    """The training of one run. A task of your own is a subclass of it: `Params`, `metrics`, `setup`, `epoch`,
    `state_dict` and `load_state_dict` are yours, and the lab does the rest.

    The lab calls `setup` once, and then `epoch` until the run has trained `params.epochs` epochs. A task whose `Params`
    have no `epochs` says `max_epochs`, and sets `self.done` in its last epoch. Between two epochs the lab may write a
    checkpoint, stop the run, and go on with it later, in another process.

    A run has *diverged* in the first epoch in which a metric that is no diagnostic is infinite or NaN, or after which a
    weight or a buffer of `self.model` is. It *collapsed* if it set `self.collapsed`: only the task can know which
    values are no better than chance. Every other run *converged*.

    If `self.model` is a `torch.nn.Module` and `self.optimizer` a `torch.optim.Optimizer`, the diagnostics are measured
    at each step of the optimizer (`evenkeel.plugins.diagnostics`).

    Attributes:
        Params: A pydantic model. Each field is a possible factor. A run has one value of each. Defaults must stay as
            they are, because a cell's identity leaves out the levels that equal them.
        metrics: What `epoch` returns.
        version: Raise it if the same parameters begin to mean something else.
        default_metric: The metric of a summary if none is asked for; '' means the first one.
        loss: The metric whose sudden rises count as spikes, if there is one.
        panels: The three parameters that name a cell and lay out its figures. By default the first three, words before
            numbers.
        labels: A parameter, metric or level -> its name in figures.
        max_epochs: The most epochs that a run trains, for a task whose `Params` have no `epochs`.
        costs: The parameters that set how long an epoch takes, so that times can be foretold from runs that agree in
            them. By default all but `epochs`.
        diagnostics: What is measured beside `metrics`. Set it to () for a task without a torch network.
        params: The instance of `Params` of this run.
        seed: The seed of this run.
        device: The `torch.device` to train on.
        epochs_done: The number of epochs that have ended.
        dataset_hash: The hash of the data that the run learns from; '' if there are none. It is asked for before
            `setup`, so it is an attribute of the class or a property.
    """

    Params: ClassVar[type[BaseModel]]
    metrics: ClassVar[Sequence[Metric]]
    version: ClassVar[int] = 1
    default_metric: ClassVar[str] = ""
    loss: ClassVar[str | None] = None
    panels: ClassVar[tuple[str, ...]] = ()
    labels: ClassVar[Mapping[str, str]] = {}
    max_epochs: ClassVar[int | None] = None
    costs: ClassVar[Sequence[str] | None] = None
    diagnostics: ClassVar[Sequence[Metric]] = DIAGNOSTICS

    params: Any
    seed: int
    device: torch.device | str
    done: bool = False
    collapsed: bool = False
    epochs_done: int = 0
    dataset_hash: str = ""
    diagnose: bool = True
    _is_set_up: bool = False

    def __init__(self, params: Any, seed: int = 0, device: torch.device | str = "cpu") -> None:
        self.params, self.seed, self.device = params, seed, device

    def setup(self) -> None:
        """Build what the run trains with. Work that is slow or may fail belongs here, not into `__init__`."""

    def epoch(self) -> Mapping[str, float | None]:
        """Train one epoch. Returns every metric by its name. A value is None if it is not known in this epoch."""
        raise NotImplementedError(f"{type(self).__name__} has no method `epoch`")

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides how the training goes on after its last yield, such as weights, the optimizer's
        state, counts, and the states of generators that are drawn from in several epochs.

        The lab writes it to a checkpoint. It may hold tensors, numbers, texts, None, and lists and dicts of them. The
        key 'evenkeel' is the lab's. The lab itself saves and restores the global generators of Python, NumPy and torch,
        and the number of epochs.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method `state_dict`, so a run of it cannot be saved")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state that `state_dict` returned, perhaps in another process. `setup` was called before. The
        training then goes on after the yield at which the state was saved.

        Raises:
            KeyError, TypeError or ValueError: If this version cannot go on from the state. The run then starts again.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method `load_state_dict`, so no run of it can go on")

    def generator(self, name: str, index: int = 0) -> torch.Generator:
        """A generator on the CPU that depends on the run's seed, the name and the index alone.

        So a purpose gets its own random numbers, however many others draw: `self.generator("order", self.epochs_done)`.
        """
        import torch

        return torch.Generator().manual_seed(derive_seed(self.seed, name, index))

    def resume(self, epochs_done: int, state: dict[str, Any]) -> None:
        """Go on from a checkpoint. The lab calls this before the iteration starts."""
        self._set_up()
        self.epochs_done = epochs_done
        self.load_state_dict(state)

    def __iter__(self) -> Iterator[EpochEnd | StepEnd | Finished]:
        """Train until the end. Yields an `EpochEnd` after each epoch, and then one `Finished`.

        A subclass may yield by itself instead. If it also yields a `StepEnd` wherever it can be saved within an epoch,
        the lab can stop and save it there, too. The lab ends an attempt that yields nothing for long.
        """
        self._set_up()
        model, optimizer = getattr(self, "model", None), getattr(self, "optimizer", None)
        measured = Diagnostics(model, optimizer) if self.diagnose and self.diagnostics else None
        while not self._is_over():
            began = time.perf_counter()
            values = self._checked(self.epoch())
            finite = all(value is None or math.isfinite(value) for name, value in values.items() if self._counts(name))
            if not (finite and all_finite(getattr(self, "model", None))):
                yield Finished(Outcome.DIVERGED, self.epochs_done + 1)
                return
            self.epochs_done += 1
            why = measured.read() if measured else {}
            yield EpochEnd(self.epochs_done, why | values, time.perf_counter() - began)
        yield Finished(Outcome.COLLAPSED if self.collapsed else Outcome.CONVERGED)

    def _set_up(self) -> None:
        if not self._is_set_up:
            self.setup()
            self._is_set_up = True

    def _is_over(self) -> bool:
        most = getattr(self.params, "epochs", self.max_epochs)
        if most is None:
            raise TypeError(f"Params of {type(self).__name__} have no `epochs`, so the class must say `max_epochs`")
        return self.done or self.epochs_done >= most

    def _checked(self, values: Mapping[str, Any]) -> dict[str, float | None]:
        """What `epoch` returned, as numbers. Raises TypeError if it is not what `metrics` declares."""
        where, declared = f"epoch {self.epochs_done + 1}", [metric.name for metric in self.metrics]
        if not isinstance(values, Mapping):
            raise TypeError(f"{where} returned a {type(values).__name__}, not a dict with {', '.join(declared)}")
        known = {*declared, *(metric.name for metric in self.diagnostics)}
        if missing := [name for name in declared if name not in values]:
            raise TypeError(f"{where} returned no {', '.join(missing)}; return None for a value that is not known")
        if unknown := [str(name) for name in values if name not in known]:
            raise TypeError(f"{where} returned {', '.join(unknown)}, which is not declared: {', '.join(declared)}")
        return {name: _number(where, name, value) for name, value in values.items()}

    def _counts(self, name: str) -> bool:
        """Whether a run has diverged if this metric is not finite."""
        return any(metric.name == name and not metric.diagnostic for metric in self.metrics)


def derive_seed(seed: int, name: str, index: int = 0) -> int:
    """A seed of 64 bits that depends on these three alone.

    numpy's SeedSequence mixes them, so that the numbers drawn from different seeds are independent of each other.
    """
    import numpy as np

    words = np.frombuffer(hashlib.sha256(name.encode()).digest()[:16], "<u4").tolist()
    return int(np.random.SeedSequence(seed, spawn_key=(*words, index)).generate_state(1, np.uint64)[0])


def _number(where: str, name: str, value: Any) -> float | None:
    if value is None:
        return None
    try:
        # A scalar of torch or NumPy has `item`. torch warns of `float` if the scalar is still part of a graph.
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{where}: the value of {name} is {value!r:.60}, not a number") from None
