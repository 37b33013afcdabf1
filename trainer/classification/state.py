"""What a run carries from one step to the next. A run that takes it over from a checkpoint goes on bit by bit."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from models.extra import packages_of
from models.own import can_lie_channels_last
from models.zoo import build_model
from trainer.classification.diagnostics import Diagnostics
from trainer.classification.engine import Gradients, gradients
from trainer.classification.graphs import gradients_on
from trainer.classification.optim import make_optimizer
from trainer.classification.seeding import Stream, generator
from trainer.classification.sums import FiniteWatch, Totals

if TYPE_CHECKING:
    from models.task import Classification


class Underway:
    """An epoch that has begun and has not ended.

    Attributes:
        step: The number of its batches that were trained.
        augment: The generator of the augmentations.
        started: The time of its start on the clock of `time.perf_counter`. Time in which it did not train is left out.
        diagnosed: Whether diagnostics were measured in all of its steps.
    """

    def __init__(self, device: torch.device, augment: torch.Generator, diagnosed: bool) -> None:
        self.step = 0
        self.totals, self.watch = Totals(device), FiniteWatch()
        self.augment, self.diagnosed = augment, diagnosed
        self.started = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def state_dict(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "totals": self.totals.state_dict(),
            "watch": self.watch.state_dict(),
            "augment": self.augment.get_state(),
            "diagnosed": self.diagnosed,
            "seconds": self.seconds,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.step = state["step"]
        self.totals.load_state_dict(state["totals"])
        self.watch.load_state_dict(state["watch"])
        self.augment.set_state(state["augment"])
        self.diagnosed = state["diagnosed"]
        self.started = time.perf_counter() - state["seconds"]


@dataclass
class TrainingState:
    """What a run carries from one step to the next.

    Attributes:
        epoch: The number of epochs that have ended.
        epochs: The values that were measured in each of them, without diagnostics.
        underway: The epoch that has begun; None between two epochs.
        start_loss: The loss of the first batch, before any step, in nats; NaN before the end of the first epoch.
        correct: bool (N,) on the CPU, which validation examples were right after the last epoch so far.
        diagnose: Whether diagnostics are measured. This does not change the training.
        loader_workers: The number of processes that load batches. It affects only the speed.
        graphs: Whether a GPU computes gradients with CUDA graphs. It affects only the speed.
    """

    parameters: Classification
    seed: int
    model: nn.Module
    optimizer: torch.optim.Optimizer
    device: torch.device
    num_classes: int
    epoch: int = 0
    epochs: list[dict[str, float]] = field(default_factory=list)
    underway: Underway | None = None
    start_loss: float = math.nan
    correct: Tensor | None = None
    diagnose: bool = True
    loader_workers: int = 0
    graphs: bool = True

    @cached_property
    def packages(self) -> dict[str, str]:
        """The packages that bring levels of the run: factor -> package."""
        return packages_of(self.parameters.model_dump(mode="json"))

    @cached_property
    def gradients(self) -> Gradients:
        """The function that computes the gradients of a step."""
        return gradients_on(self.device, self.model, self.parameters) if self.graphs else gradients

    @cached_property
    def diagnostics(self) -> Diagnostics:
        return Diagnostics(self.model)

    def begin_epoch(self) -> Underway:
        """The epoch that is underway. It begins now if none is."""
        if self.underway is None:
            augment = generator(self.seed, Stream.AUGMENT, self.epoch + 1)
            self.underway = Underway(self.device, augment, self.diagnose)
        return self.underway

    def end_epoch(self, values: dict[str, float]) -> None:
        self.epoch, self.underway = self.epoch + 1, None
        self.epochs.append(values)

    def state_dict(self) -> dict[str, Any]:
        """The content of a checkpoint, as `models.read_checkpoint` describes it, and what `load_state_dict` needs.

        After the last epoch the optimizer's state is left out, since no step is left. Adam's is twice the weights.
        """
        underway = self.underway
        done = self.epoch >= self.parameters.epochs
        return {
            "model": self.model.state_dict(),
            "optimizer": None if done else self.optimizer.state_dict(),
            "epoch": self.epoch,
            "seed": self.seed,
            "cell": self.parameters.model_dump(mode="json"),
            "num_classes": self.num_classes,
            "packages": self.packages,
            # As one text: torch takes long to write and to read thousands of small values.
            "epochs": json.dumps(self.epochs),
            "start_loss": self.start_loss,
            "correct": self.correct,
            "underway": underway and underway.state_dict(),
            "diagnostics": self.diagnostics.state_dict() if underway and underway.diagnosed else None,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state that `state_dict` returned. The run must have the same parameters and the same seed.

        Raises:
            KeyError: If the state is that of an earlier version, which did not save everything.
            ValueError: If the state is that of another run.
        """
        for name, mine in (("seed", self.seed), ("num_classes", self.num_classes)):
            if state[name] != mine:
                raise ValueError(f"its {name} is {state[name]}, not {mine}")
        if (packages := state.get("packages", {})) != self.packages:
            raise ValueError(f"its levels are of the packages {packages}, not {self.packages}")
        if state["cell"] != self.parameters.model_dump(mode="json"):
            raise ValueError("its levels are not those of the run")
        self.epoch, self.epochs = state["epoch"], json.loads(state["epochs"])
        self.start_loss, self.correct = state["start_loss"], state["correct"]
        self.underway = None
        if state["underway"]:
            underway = self.begin_epoch()
            underway.load_state_dict(state["underway"])
            underway.diagnosed &= self.diagnose
            if underway.diagnosed:
                self.diagnostics.load_state_dict(state["diagnostics"])
        self.model.load_state_dict(state["model"])
        if state["optimizer"] is not None:
            self.optimizer.load_state_dict(state["optimizer"])


def prepare(parameters: Classification, seed: int, num_classes: int, device: torch.device) -> TrainingState:
    """The state of a run before its first epoch.

    The weights are drawn from the seed on the CPU, so that every device starts from the same weights.

    Raises:
        LevelError: If a level comes from a plug-in whose code is not here, or does not do what it must.
    """
    model = build_model(
        parameters.arch,
        parameters.norm,
        parameters.init,
        num_classes,
        parameters.image_size,
        parameters.width,
        generator(seed, Stream.INIT),
        batch_eps=parameters.batch_eps,
        batch_momentum=parameters.batch_momentum,
        leaky_slope=parameters.leaky_slope,
        stem_norm=parameters.stem_norm,
    ).to(device)
    if can_lie_channels_last(model):
        # The images lie so, too. This saves most convolutions a change of the layout.
        model = model.to(memory_format=torch.channels_last)
    optimizer = make_optimizer(list(model.parameters()), parameters)
    return TrainingState(parameters, seed, model, optimizer, device, num_classes)
