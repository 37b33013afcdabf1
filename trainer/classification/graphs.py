"""The gradients of a training step as one CUDA graph.

A forward and a backward pass of one of the paper's networks start some hundred kernels. The CPU starts them one after
the other, and a fast GPU waits for it. A CUDA graph starts all of them at once. They are the same kernels in the same
order, so a run has the same bits with it and without it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from models.extra import is_built_in
from trainer.classification.diagnostics import Diagnostics, Seen
from trainer.classification.engine import Gradients, gradients

if TYPE_CHECKING:
    from models.task import Classification

# The steps of each kind that are computed without a graph first. In the first step torch chooses algorithms and takes
# memory, which a graph cannot hold.
STEPS_BEFORE = 2

# The number of a batch's examples, and whether units are watched.
Kind = tuple[int, bool]


@dataclass(frozen=True)
class Captured:
    """A graph, the tensors that it reads, and the tensors that it writes each time.

    Attributes:
        gradients: Of each weight; None for one that the network does not use.
        seen: What the units did, if they are watched.
    """

    graph: torch.cuda.CUDAGraph
    images: Tensor
    labels: Tensor
    loss: Tensor
    logits: Tensor
    gradients: list[Tensor | None]
    seen: Seen


class GraphedGradients:
    """Computes what `engine.gradients` computes, from the third step of each kind on with a graph of that kind.

    The last batch of an epoch may be smaller, and units are watched in some steps alone. So a run has up to four
    graphs. They share their memory, since one runs at a time.
    """

    def __init__(self, model: nn.Module) -> None:
        self._weights = list(model.parameters())
        self._steps: Counter[Kind] = Counter()
        self._graphs: dict[Kind, Captured] = {}
        self._memory = torch.cuda.graph_pool_handle()

    def __call__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        parameters: Classification,
        diagnostics: Diagnostics | None,
    ) -> tuple[Tensor, Tensor]:
        kind = len(images), diagnostics is not None and diagnostics.watches
        self._steps[kind] += 1
        if self._steps[kind] <= STEPS_BEFORE:
            return gradients(model, images, labels, parameters, diagnostics)
        if kind not in self._graphs:
            self._graphs[kind] = self._capture(model, images, labels, parameters, diagnostics)
        step = self._graphs[kind]
        step.images.copy_(images)
        step.labels.copy_(labels)
        step.graph.replay()
        for weight, gradient in zip(self._weights, step.gradients, strict=True):
            weight.grad = gradient
        if diagnostics:
            diagnostics.seen = dict(step.seen)
        # The next step overwrites the loss, and the diagnostics keep it.
        return step.loss.clone(), step.logits

    def _capture(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        parameters: Classification,
        diagnostics: Diagnostics | None,
    ) -> Captured:
        images, labels = images.clone(), labels.clone()
        graph = torch.cuda.CUDAGraph()
        # Another thread may pin memory for the next batch meanwhile.
        with torch.cuda.graph(graph, pool=self._memory, capture_error_mode="thread_local"):
            loss, logits = gradients(model, images, labels, parameters, diagnostics)
        seen = diagnostics.seen if diagnostics else {}
        return Captured(graph, images, labels, loss, logits, [weight.grad for weight in self._weights], seen)


def gradients_on(device: torch.device, model: nn.Module, parameters: Classification) -> Gradients:
    """The fastest function that computes the gradients of a run.

    The network of a plug-in may decide in each step what it computes, which a graph cannot. So it gets none.
    """
    ours = is_built_in("arch", parameters.arch) and is_built_in("norm", parameters.norm)
    return GraphedGradients(model) if device.type == "cuda" and ours else gradients
