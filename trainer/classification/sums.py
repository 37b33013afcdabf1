"""The sums over the batches of an epoch. They stay on the device, so that no step waits for it."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

# The steps from one look at the losses on a GPU to the next.
LOOK_EVERY = 8


class Totals:
    """Running sums over batches.

    Attributes:
        first_loss: The loss of the first batch, in nats; NaN before that.
        loss: The sum of each example's loss, in nats.
        correct: The number of correct predictions.
        examples: The number of examples.
    """

    def __init__(self, device: torch.device) -> None:
        self.first_loss = torch.full((), torch.nan, device=device)
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.correct = torch.zeros((), dtype=torch.int64, device=device)
        self.examples = 0

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Add a batch: its mean loss, a scalar, its logits (B, classes) and its labels (B,)."""
        if not self.examples:
            self.first_loss = loss.detach()
        self.loss += loss.detach() * len(labels)
        self.correct += (logits.detach().argmax(dim=1) == labels).sum()
        self.examples += len(labels)

    def state_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        device = self.loss.device
        self.first_loss, self.loss = state["first_loss"].to(device), state["loss"].to(device)
        self.correct, self.examples = state["correct"].to(device), state["examples"]

    def mean_loss(self) -> float:
        """The mean loss of an example, in nats. This waits for the device."""
        return self.loss.item() / self.examples

    def accuracy(self) -> float:
        """The share of correct predictions. This waits for the device."""
        return self.correct.item() / self.examples


class FiniteWatch:
    """Notices that a sum of losses is no longer finite. From then on it never is again.

    A CPU is asked after each step. A GPU would have to be waited for. So its sum is copied after every
    `LOOK_EVERY`-th step while the training goes on, and the copy is read at the next of these steps. That a loss is not
    finite is then noticed within 2 * `LOOK_EVERY` steps, and always in the same step.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._copied: torch.cuda.Event | None = None

    def saw_nonfinite(self, total: Tensor) -> bool:
        """Call this after each step. total: the sum so far, a scalar on the device. It may be changed afterwards."""
        if total.device.type != "cuda":
            return not math.isfinite(total.item())
        self._steps += 1
        if self._steps % LOOK_EVERY:
            return False
        if self._copied is None:
            self._copy = torch.zeros_like(total, device="cpu").pin_memory()
            self._copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
        else:
            self._copied.synchronize()
        nonfinite = not math.isfinite(self._copy.item())
        self._copy.copy_(total, non_blocking=True)
        self._copied.record(torch.cuda.current_stream(total.device))
        return nonfinite

    def state_dict(self) -> dict[str, Any]:
        """On a GPU, this waits for the last copy of a sum."""
        if self._copied is None:
            return {"steps": self._steps, "copy": None}
        self._copied.synchronize()
        return {"steps": self._steps, "copy": self._copy.clone()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._steps = state["steps"]
        if state["copy"] is not None:
            self._copy = state["copy"].pin_memory()
            # To wait for an event that was never recorded takes no time: the copy is complete.
            self._copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
